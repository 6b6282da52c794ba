//! The OpenAPI 3.1 document, made from the registry of endpoints.

use std::collections::{BTreeMap, BTreeSet};

use carcosa_types::ErrorCode;
use carcosa_types::problem::Problem;
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::endpoint::{Api, Endpoint, Place};

/// Title, version and introduction of the document.
#[derive(Debug, Clone, Copy)]
pub struct Info<'a> {
    /// The product.
    pub title: &'a str,
    /// Its version.
    pub version: &'a str,
    /// What a reader should know first, in Markdown.
    pub description: &'a str,
    /// What each tag (capability) is about.
    pub tags: &'a [(&'a str, &'a str)],
}

impl Api {
    /// The document.
    #[must_use]
    pub fn openapi(&self, info: &Info<'_>) -> Value {
        let settings = SchemaSettings::draft2020_12().with(|settings| {
            settings.definitions_path = "/components/schemas".into();
            settings.meta_schema = None;
        });
        // What is sent may leave members out that an answer always has.
        let mut schemas = Schemas {
            requests: settings.clone().into_generator(),
            replies: settings.for_serialize().into_generator(),
        };
        let problem = schemas.replies.subschema_for::<Problem>().to_value();
        let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
        for endpoint in self.endpoints() {
            let operation = operation(endpoint, &problem, &mut schemas);
            paths
                .entry(endpoint.path)
                .or_default()
                .insert(endpoint.method.as_str().to_lowercase(), operation);
        }
        let definitions = schemas.merge(paths.values_mut().flat_map(Map::values_mut));
        let tags: Vec<Value> =
            info.tags.iter().map(|(name, help)| json!({ "name": name, "description": help })).collect();
        json!({
            "openapi": "3.1.0",
            "info": {
                "title": info.title, "version": info.version, "description": info.description,
                "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
            },
            "servers": [{ "url": "/" }],
            "tags": tags,
            "paths": paths,
            "components": {
                "schemas": definitions,
                "securitySchemes": { "api_key": {
                    "type": "http", "scheme": "bearer",
                    "description": "A secret key, such as `ck_live_…`. It implies the project.",
                }, "session": {
                    "type": "apiKey", "in": "cookie", "name": "carcosa_session",
                    "description": "The cookie of `POST /v1/session`, with which operators work. `__Host-carcosa_session` over https.",
                } },
            },
        })
    }
}

/// The schemas of both directions.
struct Schemas {
    requests: SchemaGenerator,
    replies: SchemaGenerator,
}

const DEFINITIONS: &str = "#/components/schemas/";

impl Schemas {
    /// The definitions of both. A type whose two forms differ has the one of requests as `…Input`, to which the operations'
    /// bodies then refer.
    fn merge<'a>(mut self, operations: impl Iterator<Item = &'a mut Value>) -> Map<String, Value> {
        let requests = self.requests.take_definitions(true);
        let mut all = self.replies.take_definitions(true);
        let mut renamed = BTreeSet::new();
        loop {
            let differs = |(name, schema): &(&String, &Value)| {
                all.get(*name).is_some_and(|reply| reply != *schema || refers(schema, &renamed))
            };
            let found: BTreeSet<String> =
                requests.iter().filter(differs).map(|(name, _)| name.clone()).collect();
            if found.len() == renamed.len() {
                break;
            }
            renamed = found;
        }
        for (name, mut schema) in requests {
            rename(&mut schema, &renamed);
            let name = if renamed.contains(&name) { format!("{name}Input") } else { name };
            all.insert(name, schema);
        }
        for operation in operations {
            if let Some(body) = operation.get_mut("requestBody") {
                rename(body, &renamed);
            }
        }
        all
    }
}

fn refers(schema: &Value, names: &BTreeSet<String>) -> bool {
    match schema {
        Value::String(text) => text.strip_prefix(DEFINITIONS).is_some_and(|name| names.contains(name)),
        Value::Object(members) => members.values().any(|member| refers(member, names)),
        Value::Array(items) => items.iter().any(|item| refers(item, names)),
        _ => false,
    }
}

fn rename(schema: &mut Value, names: &BTreeSet<String>) {
    match schema {
        Value::String(text) if text.strip_prefix(DEFINITIONS).is_some_and(|name| names.contains(name)) => {
            text.push_str("Input");
        }
        Value::Object(members) => members.values_mut().for_each(|member| rename(member, names)),
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, names)),
        _ => {}
    }
}

fn operation(endpoint: &Endpoint, problem: &Value, schemas: &mut Schemas) -> Value {
    let (title, text) = endpoint.doc.split_once('\n').unwrap_or((endpoint.doc, ""));
    let permission = endpoint.operation.permission;
    let needs = permission.map(|row| format!("\n\nNeeds the permission `{}`.", row.name)).unwrap_or_default();
    let text: Vec<&str> = text.lines().map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
    let description = format!("{}{needs}", text.join("\n").trim());
    let mut responses = Map::new();
    responses.insert(endpoint.operation.status.to_string(), success(endpoint, &mut schemas.replies));
    for (status, codes) in by_status(&endpoint.operation.errors) {
        responses.insert(status.to_string(), failure(&codes, problem));
    }
    let mut document = json!({
        "operationId": format!("{}_{}", endpoint.tag, endpoint.name),
        "summary": title.trim().trim_end_matches('.'),
        "description": description.trim(),
        "tags": [endpoint.tag],
        "parameters": parameters(endpoint),
        "responses": responses,
        "security": security(endpoint.operation.place),
    });
    if let Some(row) = permission {
        document["x-permission"] = row.name.into();
    }
    if let Some(body) = endpoint.operation.body {
        document["requestBody"] = json!({
            "required": endpoint.operation.body_required,
            "content": { "application/json": { "schema": body(&mut schemas.requests).to_value() } },
        });
    }
    document
}

/// What of the security schemes lets in.
fn security(place: Place) -> Value {
    match place {
        Place::Open => json!([]),
        Place::Session | Place::Installation => json!([{ "session": [] }]),
        Place::Project | Place::Tenant | Place::Caller => json!([{ "api_key": [] }, { "session": [] }]),
    }
}

fn parameters(endpoint: &Endpoint) -> Vec<Value> {
    let operation = &endpoint.operation;
    let mut all: Vec<Value> = operation
        .path
        .iter()
        .map(|(name, help)| {
            json!({ "name": name, "in": "path", "required": true, "description": help, "schema": { "type": "string" } })
        })
        .collect();
    if let Some(query) = operation.query {
        let root = query();
        let properties = root.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
        for (name, mut schema) in properties {
            inline(&mut schema, root.get("$defs").unwrap_or(&Value::Null));
            without_null(&mut schema);
            let help = schema.as_object_mut().and_then(|object| object.remove("description"));
            let mut parameter = json!({ "name": name, "in": "query", "schema": schema });
            if let Some(help) = help {
                parameter["description"] = help;
            }
            if parameter["schema"]["additionalProperties"].is_object() {
                parameter["style"] = "deepObject".into();
            }
            all.push(parameter);
        }
    }
    let header = |name: &str, help: &str| json!({ "name": name, "in": "header", "description": help, "schema": { "type": "string" } });
    if matches!(operation.place, Place::Project | Place::Tenant | Place::Caller) {
        let help = "For operators: the project, by id or slug. Keys and tokens imply it.";
        all.push(header("X-Carcosa-Project", help));
    }
    if operation.place != Place::Open && endpoint.method != axum::http::Method::GET {
        all.push(header("X-CSRF-Token", "For sessions: the session's `csrf_token`."));
    }
    if operation.if_match {
        all.push(header("If-Match", "The `ETag` last seen; 412 when the object has changed since."));
    }
    if endpoint.method == axum::http::Method::POST {
        all.push(header(
            "Idempotency-Key",
            "1–255 visible ASCII characters. For one API key, the same key with the same request is carried out once in 24 hours and \
             answered alike.",
        ));
    }
    all
}

/// Replaces references into `$defs`, which a parameter's schema cannot have.
fn inline(schema: &mut Value, definitions: &Value) {
    if let Some(name) =
        schema.get("$ref").and_then(Value::as_str).and_then(|text| text.strip_prefix("#/$defs/"))
    {
        *schema = definitions.get(name).cloned().unwrap_or_default();
    }
    match schema {
        Value::Object(members) => members.values_mut().for_each(|member| inline(member, definitions)),
        Value::Array(items) => items.iter_mut().for_each(|item| inline(item, definitions)),
        _ => {}
    }
}

/// A parameter that is absent is absent, not `null`.
fn without_null(schema: &mut Value) {
    let Some(members) = schema.as_object_mut() else { return };
    if members.get("default") == Some(&Value::Null) {
        members.remove("default");
    }
    if let Some(Value::Array(kinds)) = members.get_mut("type") {
        kinds.retain(|kind| kind != "null");
        if let [only] = kinds.as_slice() {
            let only = only.clone();
            members.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(options)) = members.get_mut("anyOf") {
        options.retain(|option| option.get("type").is_none_or(|kind| kind != "null"));
        if let [only] = options.as_slice() {
            let only = only.clone();
            members.remove("anyOf");
            members.extend(only.as_object().cloned().unwrap_or_default());
        }
    }
}

fn success(endpoint: &Endpoint, generator: &mut SchemaGenerator) -> Value {
    let operation = &endpoint.operation;
    let mut headers = Map::new();
    if operation.etag {
        headers.insert(
            "ETag".into(),
            json!({ "description": "The version, quoted.", "schema": { "type": "string" } }),
        );
    }
    if endpoint.method == axum::http::Method::POST {
        let help = "Present, and `true`, when the answer is that of an earlier request with the same `Idempotency-Key`.";
        headers.insert(
            "Idempotent-Replayed".into(),
            json!({ "description": help, "schema": { "type": "string" } }),
        );
    }
    let mut answer =
        json!({ "description": if operation.status == 204 { "Done; no content." } else { "Success." } });
    if !headers.is_empty() {
        answer["headers"] = headers.into();
    }
    if let Some(reply) = operation.reply {
        answer["content"] = json!({ "application/json": { "schema": reply(generator).to_value() } });
    }
    for media in operation.media {
        answer["content"][*media] = json!({ "schema": { "type": "string" } });
    }
    answer
}

fn by_status(errors: &[ErrorCode]) -> BTreeMap<u16, Vec<ErrorCode>> {
    let mut grouped: BTreeMap<u16, Vec<ErrorCode>> = BTreeMap::new();
    for error in errors {
        grouped.entry(error.status).or_default().push(*error);
    }
    grouped
}

fn failure(codes: &[ErrorCode], problem: &Value) -> Value {
    let lines: Vec<String> = codes.iter().map(|code| format!("- `{}`: {}", code.code, code.help)).collect();
    let names: Vec<&str> = codes.iter().map(|code| code.code).collect();
    json!({
        "description": lines.join("\n"),
        "content": { "application/problem+json": { "schema": {
            "allOf": [problem, { "properties": { "code": { "enum": names } } }],
        } } },
    })
}
