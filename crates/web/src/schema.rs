//! JSON Schemas of the wire types: what the reference shows is what requests are checked against.

use std::any::TypeId;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use carcosa_types::Violation;
pub use jsonschema::Validator;
use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use jsonschema::{PatternOptions, ValidationError};
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value};

/// Most violations reported of one request.
const MAX_REPORTED: usize = 100;

/// The schema of a type, with its definitions inside.
#[must_use]
pub fn of<T: JsonSchema>() -> Value {
    SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>().to_value()
}

/// The schema of what a type's `generate` gives when it is written, with its definitions inside.
#[must_use]
pub fn of_written(generate: fn(&mut SchemaGenerator) -> Schema) -> Value {
    let mut generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let mut schema = generate(&mut generator);
    let definitions = generator.take_definitions(true);
    // A named type comes as a reference; the root is to say itself what it is.
    let name = schema.get("$ref").and_then(Value::as_str).and_then(|place| place.rsplit('/').next());
    if let Some(own) = name.and_then(|name| definitions.get(name)).and_then(Value::as_object) {
        schema = Schema::from(own.clone());
    }
    let mut root = schema.to_value();
    if let (Some(root), false) = (root.as_object_mut(), definitions.is_empty()) {
        root.insert("$schema".to_owned(), "https://json-schema.org/draft/2020-12/schema".into());
        root.insert("$defs".to_owned(), Value::Object(definitions));
    }
    root
}

type Compiled = Option<Arc<Validator>>;
/// One validator per type, compiled at its first use.
static VALIDATORS: LazyLock<RwLock<HashMap<TypeId, Compiled>>> = LazyLock::new(RwLock::default);

/// What is wrong with a value by the schema of `T`.
#[must_use]
pub fn check<T: JsonSchema + 'static>(value: &Value) -> Vec<Violation> {
    let id = TypeId::of::<T>();
    let known = VALIDATORS.read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned();
    let validator = known.unwrap_or_else(|| {
        let compiled = compile(&of::<T>()).ok().map(Arc::new);
        VALIDATORS.write().unwrap_or_else(PoisonError::into_inner).insert(id, compiled.clone());
        compiled
    });
    match validator {
        Some(validator) => violations(&validator, value, ""),
        None => vec![violation("", "schema", "the schema of this request is broken; please report it")],
    }
}

/// Compiles a schema (draft 2020-12). Nothing is fetched: a reference outside the document is an error.
pub fn compile(schema: &Value) -> Result<Validator, String> {
    jsonschema::options()
        .with_draft(jsonschema::Draft::Draft202012)
        .should_validate_formats(true)
        .build(schema)
        .map_err(|error| error.to_string())
}

/// Most subschemas that a schema of a caller's may have, each counted as often as it is referred to.
pub const MAX_FOREIGN_COST: u64 = 2_000;
/// Compiled schemas of callers that are kept.
const MAX_FOREIGN_KEPT: usize = 256;
static FOREIGN: LazyLock<RwLock<HashMap<String, Arc<Validator>>>> = LazyLock::new(RwLock::default);

/// Compiles a schema that a caller made. What could take long to check is refused: references that lead back to themselves or
/// fan out, and patterns are matched in linear time.
pub fn compile_foreign(schema: &Map<String, Value>) -> Result<Arc<Validator>, String> {
    let text = serde_json::to_string(schema).map_err(|cause| cause.to_string())?;
    if let Some(known) = FOREIGN.read().unwrap_or_else(PoisonError::into_inner).get(&text) {
        return Ok(Arc::clone(known));
    }
    let root = Value::Object(schema.clone());
    let cost = Cost { root: &root, known: HashMap::new() }.of(&root)?;
    if cost > MAX_FOREIGN_COST {
        return Err(format!("with its references followed it has {cost} parts; at most {MAX_FOREIGN_COST}"));
    }
    let compiled = jsonschema::options()
        .with_draft(jsonschema::Draft::Draft202012)
        .should_validate_formats(true)
        .with_pattern_options(PatternOptions::regex().size_limit(1 << 20))
        .build(&root)
        .map_err(|error| error.to_string())?;
    let compiled = Arc::new(compiled);
    let mut kept = FOREIGN.write().unwrap_or_else(PoisonError::into_inner);
    if kept.len() >= MAX_FOREIGN_KEPT {
        kept.clear();
    }
    kept.insert(text, Arc::clone(&compiled));
    Ok(compiled)
}

/// Counts the parts of a schema with its references followed.
struct Cost<'a> {
    root: &'a Value,
    /// The cost of what a reference leads to; `None` while it is being counted.
    known: HashMap<&'a str, Option<u64>>,
}

impl<'a> Cost<'a> {
    fn of(&mut self, schema: &'a Value) -> Result<u64, String> {
        match schema {
            Value::Object(members) => members.iter().try_fold(1_u64, |sum, (name, member)| {
                let part = match (name.as_str(), member) {
                    ("$ref", Value::String(place)) => self.of_reference(place)?,
                    ("$dynamicRef" | "$recursiveRef", _) => return Err(format!("{name} is not supported")),
                    _ => self.of(member)?,
                };
                Ok(sum.saturating_add(part))
            }),
            Value::Array(items) => {
                items.iter().try_fold(0_u64, |sum, item| Ok(sum.saturating_add(self.of(item)?)))
            }
            _ => Ok(0),
        }
    }

    fn of_reference(&mut self, place: &'a str) -> Result<u64, String> {
        match self.known.get(place) {
            Some(Some(cost)) => return Ok(*cost),
            Some(None) => return Err(format!("the reference {place} leads back to itself")),
            None => {}
        }
        let target = place.strip_prefix('#').and_then(|pointer| self.root.pointer(pointer));
        let target = target.ok_or_else(|| {
            format!("the reference {place} leads nowhere; only those within the schema, such as #/$defs/x, are followed")
        })?;
        self.known.insert(place, None);
        let cost = self.of(target)?;
        self.known.insert(place, Some(cost));
        Ok(cost)
    }
}

/// What is wrong with a value, as violations whose pointers start with `prefix`.
#[must_use]
pub fn violations(validator: &Validator, value: &Value, prefix: &str) -> Vec<Violation> {
    let mut found = Vec::new();
    for error in validator.iter_errors(value).take(MAX_REPORTED) {
        explain(&error, prefix, &mut found);
        if found.len() > MAX_REPORTED {
            found.truncate(MAX_REPORTED);
            break;
        }
    }
    found
}

fn violation(pointer: &str, code: &str, detail: impl Into<String>) -> Violation {
    Violation {
        pointer: Some(pointer.to_owned()),
        parameter: None,
        code: code.to_owned(),
        detail: detail.into(),
    }
}

fn explain(error: &ValidationError<'_>, prefix: &str, found: &mut Vec<Violation>) {
    let place = format!("{prefix}{}", error.instance_path().as_str());
    let below = |name: &str| format!("{place}/{}", name.replace('~', "~0").replace('/', "~1"));
    let (code, detail) = match error.kind() {
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
            found.extend(
                unexpected
                    .iter()
                    .map(|name| violation(&below(name), "unknown_field", "is not a known field")),
            );
            return;
        }
        Kind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            found.push(violation(&below(name), "required", "is required"));
            return;
        }
        // `Option<T>` of a named type is `anyOf: [T, null]`: what is wrong with T is what matters.
        Kind::AnyOf { context } if error.instance().is_object() || error.instance().is_string() => {
            let longest = context.first().map(Vec::as_slice).unwrap_or_default();
            if longest.is_empty() {
                found.push(violation(&place, "invalid", "matches none of the allowed forms"));
            }
            // The inner errors' own places are complete, from the root of the value.
            longest.iter().for_each(|inner| explain(inner, prefix, found));
            return;
        }
        // An enumeration whose variants are documented is `oneOf` constants.
        Kind::OneOfNotValid { context } if context.iter().flatten().any(is_constant) => {
            let options: Vec<String> = context.iter().flatten().filter_map(constants).collect();
            ("enum", format!("must be one of {}", options.join(", ")))
        }
        Kind::Type { kind: TypeKind::Single(kind) } => ("type", format!("must be of type {kind}")),
        Kind::Type { kind: TypeKind::Multiple(kinds) } => {
            let kinds: Vec<String> = kinds.iter().map(|kind| kind.to_string()).collect();
            ("type", format!("must be of type {}", kinds.join(" or ")))
        }
        Kind::MinLength { limit } => ("too_short", format!("must have at least {limit} character(s)")),
        Kind::MaxLength { limit } => ("too_long", format!("must have at most {limit} characters")),
        Kind::MinItems { limit } => ("too_few", format!("must have at least {limit} item(s)")),
        Kind::MaxItems { limit } => ("too_many", format!("must have at most {limit} items")),
        Kind::MaxProperties { limit } => ("too_many", format!("must have at most {limit} members")),
        Kind::Minimum { limit } => ("minimum", format!("must be at least {limit}")),
        Kind::Maximum { limit } => ("maximum", format!("must be at most {limit}")),
        Kind::Pattern { pattern } => ("pattern", format!("must match {pattern}")),
        Kind::Format { format } => ("format", format!("must be a valid {format}")),
        Kind::Enum { options } => ("enum", format!("must be one of {options}")),
        Kind::Constant { expected_value } => ("constant", format!("must be {expected_value}")),
        Kind::UniqueItems => ("not_unique", "must not repeat an item".to_owned()),
        other => (keyword(other), "breaks a rule of the schema".to_owned()),
    };
    found.push(violation(&place, code, detail));
}

fn is_constant(error: &ValidationError<'_>) -> bool {
    matches!(error.kind(), Kind::Constant { .. } | Kind::Enum { .. })
}

fn constants(error: &ValidationError<'_>) -> Option<String> {
    match error.kind() {
        Kind::Constant { expected_value } => Some(expected_value.to_string()),
        Kind::Enum { options } => {
            let all: Vec<String> = options.as_array()?.iter().map(Value::to_string).collect();
            Some(all.join(", "))
        }
        _ => None,
    }
}

fn keyword(kind: &Kind) -> &'static str {
    match kind {
        Kind::AnyOf { .. } => "any_of",
        Kind::OneOfNotValid { .. } | Kind::OneOfMultipleValid { .. } => "one_of",
        Kind::Not { .. } | Kind::FalseSchema => "not_allowed",
        Kind::MultipleOf { .. } => "multiple_of",
        _ => "schema",
    }
}
