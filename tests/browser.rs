//! The page and the pictures in a browser, where there is one: they open from the disk without a request,
//! fold, filter, and show no text over another. Without Chromium these tests say so and pass.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says why it is skipped"
)]

mod support;

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value as Json;
use support::{Folder, NOW, root, run_in};

/// The browser, if there is one.
fn browser() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let found = names
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    let found = found.into_iter().find(|path| path.is_file());
    if found.is_none() {
        eprintln!("no Chromium is here: the page was not opened in a browser");
    }
    found
}

/// What `script` returns in a page, opened from the disk, where no name can be looked up.
fn seen(browser: &PathBuf, page: &str, script: &str) -> Json {
    let folder = Folder::new();
    let script = format!(
        "<script>addEventListener('load', () => {{ const told = document.createElement('pre'); \
         told.id = 'seen-by-test'; let seen; try {{ seen = (() => {{ {script} }})(); }} catch (error) \
         {{ seen = String(error); }} told.textContent = encodeURIComponent(JSON.stringify(seen)); \
         document.body.append(told); }});</script>"
    );
    let (before, after) = page.rsplit_once("</body>").expect("a body");
    folder.write("page.html", format!("{before}{script}</body>{after}"));
    let path = folder.path().canonicalize().expect("a folder");
    let output = Command::new(browser)
        .args([
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
        ])
        .args([
            "--host-resolver-rules=MAP * ~NOTFOUND",
            "--virtual-time-budget=10000",
        ])
        .args([
            "--no-first-run",
            "--disable-extensions",
            "--window-size=1400,1000",
        ])
        .arg(format!(
            "--user-data-dir={}",
            path.join("profile").display()
        ))
        .arg("--dump-dom")
        .arg(format!("file://{}", path.join("page.html").display()))
        .env("HOME", &path)
        .output()
        .expect("a browser");
    let dom = String::from_utf8_lossy(&output.stdout);
    let told = dom.split("<pre id=\"seen-by-test\">").nth(1);
    let told = told.and_then(|rest| rest.split("</pre>").next());
    let told = told.unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    serde_json::from_str(&decoded(told)).expect("JSON")
}

/// A text without `%20`.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [byte, after @ ..] = rest {
        rest = after;
        match (byte, after) {
            (b'%', [high, low, end @ ..]) => {
                let digits = [*high, *low];
                let digits = std::str::from_utf8(&digits).expect("digits");
                bytes.push(u8::from_str_radix(digits, 16).expect("a number"));
                rest = end;
            }
            _ => bytes.push(*byte),
        }
    }
    String::from_utf8(bytes).expect("UTF-8")
}

fn page(example: &str) -> String {
    let folder = root().join("examples").join(example);
    run_in(&folder, &["check", "--now", NOW, "--format", "html"], b"").stdout
}

#[test]
fn the_page_opens_without_a_request_folds_and_filters() {
    let Some(browser) = browser() else { return };
    let script = "
        const items = [...document.querySelectorAll('[data-severity]')];
        const shown = () => items.filter((it) => !it.hidden).length;
        const all = shown();
        const search = document.getElementById('search');
        search.value = 'dump-no-downward';
        search.dispatchEvent(new Event('input'));
        const found = shown();
        search.value = '';
        search.dispatchEvent(new Event('input'));
        const low = document.querySelector('input[name=severity][value=critical]');
        low.click();
        const withoutCritical = shown();
        const critical = items.filter((it) => it.dataset.severity === 'critical').length;
        low.click();
        const folded = [...document.querySelectorAll('main details')];
        document.getElementById('unfold').click();
        const open = folded.filter((it) => it.open).length;
        const hop = document.querySelector('[data-via]');
        hop.dispatchEvent(new Event('mouseenter'));
        const lit = document.querySelectorAll('#picture .lit').length;
        const unnamed = [...document.querySelectorAll('input, button, [role=group], section, nav')].filter((it) =>
            !(it.labels && it.labels.length) && !it.textContent.trim() && !it.getAttribute('aria-label')
            && !it.getAttribute('aria-labelledby')).length;
        return {
            requests: performance.getEntriesByType('resource').length,
            all, found, withoutCritical, critical, open, folded: folded.length, lit, unnamed,
            told: document.getElementById('told').textContent,
            wide: document.documentElement.scrollWidth <= innerWidth,
        };";
    let seen = seen(&browser, &page("storm-0558"), script);
    let number = |name: &str| {
        seen[name]
            .as_u64()
            .unwrap_or_else(|| panic!("{name}: {seen}"))
    };
    assert_eq!(number("requests"), 0, "{seen}");
    assert!(
        number("all") > number("found") && number("found") > 0,
        "{seen}"
    );
    assert_eq!(
        number("withoutCritical"),
        number("all") - number("critical"),
        "{seen}"
    );
    assert!(
        number("folded") > 0 && number("open") == number("folded"),
        "{seen}"
    );
    assert!(number("lit") > 0, "{seen}");
    assert_eq!(number("unnamed"), 0, "{seen}");
    assert_eq!(seen["wide"], true, "{seen}");
    let told = format!("{0} of {0} shown", number("all"));
    assert_eq!(seen["told"], told, "{seen}");
}

/// As the browser measures them, with whatever font it has.
#[test]
fn no_text_of_a_picture_is_over_another_or_out_of_its_box() {
    let Some(browser) = browser() else { return };
    let script = "
        const faults = [];
        const picture = document.querySelector('svg.palisade-picture');
        const texts = [...picture.querySelectorAll('text')].map((it) => [it.textContent, it.getBoundingClientRect()]);
        texts.forEach(([one, a], at) => texts.slice(at + 1).forEach(([other, b]) => {
            const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
            const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
            if (across > 1 && down > 3) { faults.push(`${one} / ${other}`); }
        }));
        picture.querySelectorAll('g.box').forEach((box) => {
            const outer = box.querySelector('rect').getBoundingClientRect();
            box.querySelectorAll('text').forEach((it) => {
                const inner = it.getBoundingClientRect();
                if (inner.left < outer.left - 1 || inner.right > outer.right + 1) {
                    faults.push(`${it.textContent} is out of its box`);
                }
            });
        });
        return { texts: texts.length, faults };";
    for example in [
        "storm-0558",
        "design-doc",
        "own-rules",
        "incidents/uber",
        "terraform",
    ] {
        let seen = seen(&browser, &page(example), script);
        assert!(
            seen["texts"].as_u64().is_some_and(|count| count > 20),
            "{example}: {seen}"
        );
        assert_eq!(seen["faults"], Json::Array(Vec::new()), "{example}");
    }
}
