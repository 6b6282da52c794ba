//! The types of events, with the schema of their data.

use std::sync::LazyLock;

use carcosa_types::Page;
use carcosa_types::event::REGISTRY;
use carcosa_types::log::EventTypeInfo;
use carcosa_types::page::PageInfo;
use carcosa_web::{sample, schema};

static ALL: LazyLock<Vec<EventTypeInfo>> = LazyLock::new(|| {
    REGISTRY
        .iter()
        .map(|event| {
            let schema = schema::of_written(event.schema);
            EventTypeInfo {
                object: "event_type".to_owned(),
                name: event.name.to_owned(),
                description: event.help.to_owned(),
                sample: sample::of(&schema),
                schema,
            }
        })
        .collect()
});

/// All of them, in the order of the documentation.
pub(super) fn list() -> Page<EventTypeInfo> {
    Page { data: ALL.clone(), page: PageInfo::default() }
}

/// One of them.
pub(crate) fn find(name: &str) -> Option<&'static EventTypeInfo> {
    ALL.iter().find(|event| event.name == name)
}
