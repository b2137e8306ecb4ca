//! Any text is read as a flowchart: every place is in it, between characters, and what was read can be
//! compared.
#![no_main]

use libfuzzer_sys::fuzz_target;
use palisade::picture::{Graph, agree, flowchart};

fuzz_target!(|text: &str| {
    let Some(chart) = flowchart(text) else {
        return;
    };
    let boxes = chart.boxes.iter().map(|it| &it.at);
    let arrows = chart.arrows.iter().map(|it| &it.at);
    let troubles = chart.troubles.iter().map(|it| &it.at);
    let notes = chart.notes.iter().map(|it| &it.at);
    for at in boxes.chain(arrows).chain(troubles).chain(notes) {
        assert!(text.get(at.clone()).is_some(), "{at:?}");
    }
    let agreement = agree(&chart, &Graph::default());
    let places = agreement.differences.iter().map(|it| &it.at);
    for at in places {
        assert!(text.get(at.clone()).is_some(), "{at:?}");
    }
});
