//! The parts that every block is made of: a headline, the source, and fields below it.

use std::io;

use miette::{GraphicalReportHandler, GraphicalTheme, ThemeCharacters, ThemeStyles};
use owo_colors::Style as Paint;

use crate::report::Style;
use crate::report::clean::prose;
use crate::source::{Files, Label};

use super::mark::{Role, marks};
use super::palette::Palette;
use super::sheet::Sheet;
use super::wrap::{fill, hang};

/// Lines of prose get no longer than this, however wide the terminal is.
const MAX_PROSE: usize = 110;
/// Labels of one block, beyond which a drawing explains nothing.
const MAX_LABELS: usize = 24;

/// Where to write, and how.
pub(super) struct Page<'a> {
    pub out: &'a mut dyn io::Write,
    pub files: &'a Files,
    pub palette: Palette,
    style: &'a Style,
    theme: GraphicalTheme,
}

impl<'a> Page<'a> {
    pub fn new(out: &'a mut dyn io::Write, files: &'a Files, style: &'a Style) -> Self {
        let palette = Palette::new(style.color);
        let plain = Paint::new();
        let styles = ThemeStyles {
            error: plain,
            warning: plain,
            advice: plain,
            help: plain,
            link: palette.path(),
            linum: palette.quiet(),
            highlights: Vec::new(),
        };
        let characters = ThemeCharacters::unicode();
        let theme = GraphicalTheme { characters, styles };
        Self {
            out,
            files,
            palette,
            style,
            theme,
        }
    }

    /// Whether every instance of a finding is to be told.
    pub fn tells_all(&self) -> bool {
        self.style.all
    }

    pub fn blank(&mut self) -> io::Result<()> {
        writeln!(self.out)
    }

    /// `kind[name]: message`; a message in bold goes on under the first line, a little indented.
    pub fn headline(&mut self, paint: Paint, what: &str, message: &str) -> io::Result<()> {
        let emphasis = self.palette.emphasis();
        let text = format!(
            "{}{} {}",
            paint.style(what),
            emphasis.style(":"),
            emphasis.style(message)
        );
        let text = fill("", "  ", &text, self.prose_width());
        writeln!(self.out, "{text}")
    }

    /// The source with `labels` under it, the first of them in `paint`.
    pub fn source<'l>(
        &mut self,
        paint: Paint,
        labels: impl IntoIterator<Item = (Role, &'l Label)>,
    ) -> io::Result<()> {
        let mut labels: Vec<_> = labels.into_iter().collect();
        // What the rule says is short and explains the rest, so it stays.
        let clauses = labels
            .iter()
            .filter(|(role, _)| *role == Role::Clause)
            .count();
        let places = MAX_LABELS.saturating_sub(clauses.min(MAX_LABELS / 2));
        let total = labels.len();
        let mut kept = 0;
        labels.retain(|(role, _)| {
            kept += usize::from(*role != Role::Clause);
            *role == Role::Clause || kept <= places
        });
        labels.truncate(MAX_LABELS);
        let left_out = total - labels.len();

        let sheet = Sheet::new(self.files, marks(self.files, labels), self.style.width);
        if sheet.roles.is_empty() {
            return Ok(());
        }
        let mut theme = self.theme.clone();
        let highlights = sheet.roles.iter().map(|role| match role {
            Role::Primary => paint,
            Role::Related => self.palette.related(),
            Role::Clause => self.palette.clause(),
        });
        theme.styles.highlights = highlights.collect();
        let handler = GraphicalReportHandler::new_themed(theme)
            .with_links(false)
            .without_cause_chain()
            .without_syntax_highlighting()
            .with_context_lines(1)
            .with_width(self.style.width);
        let mut drawing = String::new();
        handler
            .render_report(&mut drawing, &sheet)
            .map_err(|_| io::Error::other("the source could not be drawn"))?;
        // The first line is for a message of the diagnostic; the headline has it.
        let drawing = drawing
            .split_once('\n')
            .map_or("", |(_, excerpts)| excerpts);
        self.out.write_all(drawing.as_bytes())?;
        match left_out {
            0 => Ok(()),
            more => self.fields(
                2,
                &[(
                    "more:",
                    format!("{more} places that are not drawn here; the `json` report has them"),
                )],
            ),
        }
    }

    /// Names with texts, one under the other, after `indent` spaces.
    pub fn fields(&mut self, indent: usize, fields: &[(&str, String)]) -> io::Result<()> {
        let longest = fields.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        for (name, text) in fields {
            let pad = " ".repeat(longest - name.len() + 1);
            let first = format!("{:indent$}{}{pad}", "", self.palette.quiet().style(name));
            writeln!(self.out, "{}", hang(&first, text, self.prose_width()))?;
        }
        Ok(())
    }

    /// References on one line, those that are known as links.
    pub fn references(&self, references: &[String]) -> String {
        let references: Vec<_> = references.iter().map(|text| self.reference(text)).collect();
        references.join("; ")
    }

    fn reference(&self, text: &str) -> String {
        let text = prose(text);
        let target = if let Some(number) = text.strip_prefix("CWE-") {
            let known = number.bytes().all(|byte| byte.is_ascii_digit());
            known.then(|| format!("https://cwe.mitre.org/data/definitions/{number}.html"))
        } else {
            let url = text.starts_with("https://") && !text.contains(' ');
            url.then(|| text.clone())
        };
        match target.filter(|_| self.style.links) {
            Some(target) => format!("\u{1b}]8;;{target}\u{1b}\\{text}\u{1b}]8;;\u{1b}\\"),
            None => text,
        }
    }

    pub fn prose_width(&self) -> usize {
        self.style.width.min(MAX_PROSE)
    }
}
