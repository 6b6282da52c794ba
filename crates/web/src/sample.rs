//! Values made up after a JSON Schema of ours: what the reference shows, and what a test of a webhook sends.

use serde_json::{Map, Value, json};

/// Deepest nesting; what lies deeper is left empty.
const MAX_DEPTH: usize = 12;

/// A value that fits a schema, the same each time. It knows what the schemas of the wire types use, and no more.
#[must_use]
pub fn of(schema: &Value) -> Value {
    value(schema, schema, "", 0)
}

fn value(root: &Value, schema: &Value, name: &str, depth: usize) -> Value {
    if depth > MAX_DEPTH {
        return Value::Null;
    }
    if let Some(place) = schema["$ref"].as_str() {
        let found = place.strip_prefix('#').and_then(|pointer| root.pointer(pointer));
        return found.map_or(Value::Null, |schema| value(root, schema, name, depth + 1));
    }
    if let Some(example) = schema["examples"].as_array().and_then(|all| all.first()) {
        return example.clone();
    }
    if let Some(constant) = schema.get("const") {
        return constant.clone();
    }
    if let Some(first) = schema["enum"].as_array().and_then(|all| all.first()) {
        return first.clone();
    }
    for choice in ["anyOf", "oneOf", "allOf"] {
        // `Option<T>` is T or null: what T looks like says more.
        if let Some(first) = schema[choice].as_array().and_then(|all| all.first()) {
            return value(root, first, name, depth + 1);
        }
    }
    match kind(schema) {
        "object" => object(root, schema, depth),
        "array" => Value::Array(match schema.get("items") {
            Some(items) => vec![value(root, items, name, depth + 1)],
            None => Vec::new(),
        }),
        "integer" | "number" => schema.get("minimum").cloned().unwrap_or_else(|| json!(1)),
        "boolean" => Value::Bool(true),
        "string" => Value::String(text(schema, name)),
        _ => Value::Null,
    }
}

/// The type, or the first that is not null.
fn kind(schema: &Value) -> &str {
    match &schema["type"] {
        Value::String(kind) => kind,
        Value::Array(kinds) => {
            kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null").unwrap_or("null")
        }
        _ => "null",
    }
}

fn object(root: &Value, schema: &Value, depth: usize) -> Value {
    let properties = schema["properties"].as_object();
    let made: Map<String, Value> = properties
        .into_iter()
        .flatten()
        .map(|(name, schema)| (name.clone(), value(root, schema, name, depth + 1)))
        .collect();
    Value::Object(made)
}

/// The body that ids of samples have, after the prefix of their kind.
const ID: &str = "01h455vb4pex5vsknk084sn02q";

fn text(schema: &Value, name: &str) -> String {
    let id = schema["pattern"].as_str().and_then(|pattern| pattern.strip_prefix('^')?.split_once("_[0-7]"));
    if let Some((prefix, _)) = id {
        return format!("{prefix}_{ID}");
    }
    match (schema["format"].as_str(), name) {
        (Some("date-time"), _) => "2026-01-01T12:00:00.000000Z".to_owned(),
        (Some("uri"), _) | (_, "url" | "accept_url") => "https://example.com/".to_owned(),
        (Some("email"), _) | (_, "email") => "ada@example.com".to_owned(),
        (_, "slug") => "acme".to_owned(),
        (_, "ip") => "192.0.2.1".to_owned(),
        _ => "sample".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use carcosa_types::event::REGISTRY;

    use super::*;
    use crate::schema;

    #[test]
    fn every_type_of_event_has_a_sample_that_fits_its_schema() {
        for event in REGISTRY {
            let schema = schema::of_written(event.schema);
            let compiled = schema::compile(&schema).unwrap_or_else(|error| panic!("{}: {error}", event.name));
            let sample = of(&schema);
            let wrong = schema::violations(&compiled, &sample, "");
            assert!(wrong.is_empty(), "{}: {sample} {wrong:?}", event.name);
            assert!(sample.is_object(), "{}", event.name);
        }
    }

    #[test]
    fn what_leads_back_to_itself_ends() {
        let schema = json!({ "type": "object", "properties": { "next": { "$ref": "#" } } });
        assert!(of(&schema).is_object());
    }
}
