//! Settings: the default file is the documentation, a file of the operator's changes it, the environment wins.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use carcosa_kernel::db::{Options, Synchronous};
use carcosa_kernel::{Error, Result};
use ipnet::IpNet;
use serde::Deserialize;
use toml::{Table, Value};

/// The default file, which documents every setting.
pub const DEFAULT_FILE: &str = include_str!("../../../config.default.toml");
const PREFIX: &str = "CARCOSA_";
/// Names of variables that applications have used before, and the settings they stand for.
const ALIASES: &[(&str, &str)] = &[("INVITATION_EXPIRY_DAYS", "CARCOSA_INVITATIONS_EXPIRY_DAYS")];
/// A key this similar to an unknown one is suggested (Jaro-Winkler).
const SIMILAR: f64 = 0.75;

/// The settings in effect.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config.default.toml documents each")]
pub struct Settings {
    #[serde(deserialize_with = "address")]
    pub listen: SocketAddr,
    pub data_dir: PathBuf,
    pub max_in_flight: usize,
    pub request_timeout_seconds: u64,
    pub shutdown_grace_seconds: u64,
    pub public_url: String,
    pub trusted_proxies: Vec<String>,
    pub database: DatabaseSettings,
    pub secrets: SecretSettings,
    pub sessions: SessionSettings,
    pub oidc: OidcSettings,
    pub invitations: InvitationSettings,
    pub mail: MailSettings,
    pub outbound: OutboundSettings,
    pub sync: SyncSettings,
    pub log: LogSettings,
    pub metrics: MetricsSettings,
}

/// `[database]`
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config.default.toml documents each")]
pub struct DatabaseSettings {
    pub url: String,
    pub migrate: bool,
    pub max_connections: u32,
    pub acquire_timeout_seconds: u64,
    pub synchronous: SynchronousSetting,
    pub owner_role: String,
    pub runtime_role: String,
}

/// Without the URL, which may hold a password.
impl std::fmt::Debug for DatabaseSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DatabaseSettings")
            .field("max_connections", &self.max_connections)
            .finish_non_exhaustive()
    }
}

/// `database.synchronous`
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "config.default.toml documents each")]
pub enum SynchronousSetting {
    Full,
    Normal,
}

/// `[secrets]`
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config.default.toml documents each")]
pub struct SecretSettings {
    pub master_key: String,
    pub master_key_file: String,
}

impl std::fmt::Debug for SecretSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SecretSettings")
            .field("master_key_file", &self.master_key_file)
            .finish_non_exhaustive()
    }
}

/// `[sessions]`
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config.default.toml documents each")]
pub struct SessionSettings {
    pub lifetime_minutes: u64,
    pub idle_minutes: u64,
}

/// `[oidc]`
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config.default.toml documents each")]
pub struct OidcSettings {
    pub issuer: String,
    pub client_id: String,
    pub client_secret: String,
    pub name: String,
}

/// Without the secret.
impl std::fmt::Debug for OidcSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OidcSettings").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

/// `[invitations]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config.default.toml documents each")]
pub struct InvitationSettings {
    pub expiry_days: u32,
}

/// `[mail]`
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config.default.toml documents each")]
pub struct MailSettings {
    pub smtp_url: String,
    pub from: String,
}

/// Without the URL, which may hold a password.
impl std::fmt::Debug for MailSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MailSettings").field("from", &self.from).finish_non_exhaustive()
    }
}

/// `[outbound]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config.default.toml documents each")]
pub struct OutboundSettings {
    pub allow: Vec<String>,
}

/// `[sync]`
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config.default.toml documents each")]
pub struct SyncSettings {
    pub snapshots_per_hour: u32,
    pub requests_per_minute: u32,
}

/// `[log]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config.default.toml documents each")]
pub struct LogSettings {
    pub filter: String,
    pub format: LogFormat,
}

/// `log.format`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "config.default.toml documents each")]
pub enum LogFormat {
    Text,
    Json,
}

/// `[metrics]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config.default.toml documents each")]
pub struct MetricsSettings {
    pub listen: String,
}

impl Settings {
    /// Reads the default file, then `file`, then the environment.
    pub fn load(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self> {
        let mut table: Table = toml::from_str(DEFAULT_FILE).map_err(Error::internal)?;
        if let Some(path) = file {
            let wrong = |cause: String| refused(&format!("the settings file {}: {cause}", path.display()));
            let text = std::fs::read_to_string(path).map_err(|cause| wrong(cause.to_string()))?;
            let own: Table = toml::from_str(&text).map_err(|cause| wrong(cause.to_string()))?;
            overlay(&mut table, own, "").map_err(wrong)?;
        }
        for (name, text) in environment {
            if let Some(place) = place_of(&mut table, &name) {
                *place = typed(place, &text).map_err(|cause| refused(&format!("{name}: {cause}")))?;
            }
        }
        let settings: Self =
            table.try_into().map_err(|cause: toml::de::Error| refused(cause.to_string().trim()))?;
        settings.check()?;
        Ok(settings)
    }

    fn check(&self) -> Result<()> {
        let database = &self.database;
        for (name, value) in [
            ("max_in_flight", u64::try_from(self.max_in_flight).unwrap_or(u64::MAX)),
            ("request_timeout_seconds", self.request_timeout_seconds),
            ("database.max_connections", u64::from(database.max_connections)),
            ("database.acquire_timeout_seconds", database.acquire_timeout_seconds),
            ("sync.snapshots_per_hour", u64::from(self.sync.snapshots_per_hour)),
            ("sync.requests_per_minute", u64::from(self.sync.requests_per_minute)),
        ] {
            if value == 0 {
                return Err(refused(&format!("`{name}` must be at least 1")));
            }
        }
        for (name, minutes) in [
            ("sessions.lifetime_minutes", self.sessions.lifetime_minutes),
            ("sessions.idle_minutes", self.sessions.idle_minutes),
        ] {
            if !(1..=525_600).contains(&minutes) {
                return Err(refused(&format!("`{name}` must be 1 to 525600")));
            }
        }
        if !(1..=365).contains(&self.invitations.expiry_days) {
            return Err(refused("`invitations.expiry_days` must be 1 to 365"));
        }
        self.trusted_proxies()?;
        self.outbound_allow()?;
        if !self.public_url.is_empty() && !is_base_url(&self.public_url) {
            let rule = "`public_url` must be an address such as https://tenants.example.com, without query or fragment";
            return Err(refused(rule));
        }
        Ok(())
    }

    /// Environment variables that look like settings and are none, each with the setting that was probably meant.
    pub fn misspelt(environment: impl IntoIterator<Item = (String, String)>) -> Vec<(String, String)> {
        let Ok(mut table) = toml::from_str::<Table>(DEFAULT_FILE) else { return Vec::new() };
        let known = variables(&table);
        environment
            .into_iter()
            .map(|(name, _)| name)
            .filter(|name| name.starts_with(PREFIX) && place_of(&mut table, name).is_none())
            .filter_map(|name| {
                let near = closest(&name, known.iter().map(String::as_str), 0.93)?.to_owned();
                Some((name, near))
            })
            .collect()
    }

    /// How to open the database.
    #[must_use]
    pub fn database_options(&self) -> Options {
        let database = &self.database;
        let url = if database.url.is_empty() {
            format!("sqlite:{}", self.data_dir.join("carcosa.db").display())
        } else {
            database.url.clone()
        };
        Options {
            url,
            max_connections: database.max_connections,
            acquire_timeout: Duration::from_secs(database.acquire_timeout_seconds),
            synchronous: match database.synchronous {
                SynchronousSetting::Full => Synchronous::Full,
                SynchronousSetting::Normal => Synchronous::Normal,
            },
            owner_role: database.owner_role.clone(),
            runtime_role: database.runtime_role.clone(),
        }
    }

    /// Whose word on a client's address is believed.
    pub fn trusted_proxies(&self) -> Result<Vec<IpNet>> {
        networks("trusted_proxies", &self.trusted_proxies)
    }

    /// Which networks calls to customers' addresses may reach besides the public internet.
    pub fn outbound_allow(&self) -> Result<Vec<IpNet>> {
        networks("outbound.allow", &self.outbound.allow)
    }

    /// Where people's browsers and applications reach this server, without a slash at the end.
    #[must_use]
    pub fn public_url(&self) -> String {
        if self.public_url.is_empty() {
            return format!("http://{}", self.listen);
        }
        self.public_url.trim_end_matches('/').to_owned()
    }

    /// Where the master key is kept.
    #[must_use]
    pub fn master_key_file(&self) -> PathBuf {
        if self.secrets.master_key_file.is_empty() {
            self.data_dir.join("master.key")
        } else {
            PathBuf::from(&self.secrets.master_key_file)
        }
    }
}

fn networks(setting: &str, texts: &[String]) -> Result<Vec<IpNet>> {
    let parse = |text: &String| {
        let network = text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
        network.map_err(|_| refused(&format!("`{setting}`: `{text}` is no address or network")))
    };
    texts.iter().map(parse).collect()
}

fn address<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<SocketAddr, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(|_| {
        let rule =
            format!("`listen` must be an IP address and a port, such as 127.0.0.1:7700; it is `{text}`");
        serde::de::Error::custom(rule)
    })
}

/// Whether links can begin with it: `http` or `https`, a host, maybe a path, nothing else.
fn is_base_url(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[')
            && rest.bytes().all(|byte| byte.is_ascii_graphic())
            && !rest.contains(['?', '#', '@', '"', '<', '>', '\\'])
    })
}

/// Settings that cannot be worked with.
pub(crate) fn refused(cause: &str) -> Error {
    Error::new(
        carcosa_kernel::error::VALIDATION_FAILED,
        format!("Settings: {}.", cause.trim_end_matches('.')),
    )
}

/// Puts the operator's values over the defaults. Keys that have no default are refused.
fn overlay(defaults: &mut Table, own: Table, prefix: &str) -> Result<(), String> {
    for (key, value) in own {
        let path = format!("{prefix}{key}");
        match (defaults.get_mut(&key), value) {
            (Some(Value::Table(section)), Value::Table(values)) => {
                overlay(section, values, &format!("{path}."))?;
            }
            (Some(Value::Table(_)), _) => return Err(format!("`{path}` is a section: write [{path}]")),
            (Some(default), value) if default.same_type(&value) => *default = value,
            (Some(default), value) => {
                return Err(format!(
                    "`{path}` must be of type {}, not {}",
                    default.type_str(),
                    value.type_str()
                ));
            }
            (None, _) => {
                let near = closest(&key, defaults.keys().map(String::as_str), SIMILAR);
                let hint = near.map(|near| format!("; did you mean `{prefix}{near}`?")).unwrap_or_default();
                return Err(format!("`{path}` is not a setting{hint}"));
            }
        }
    }
    Ok(())
}

/// The setting that an environment variable stands for.
fn place_of<'a>(table: &'a mut Table, variable: &str) -> Option<&'a mut Value> {
    let variable = ALIASES.iter().find(|(alias, _)| *alias == variable).map_or(variable, |(_, name)| name);
    let path = variable.strip_prefix(PREFIX)?;
    for (key, value) in table.iter_mut() {
        if let Value::Table(section) = value {
            let rest = path.strip_prefix(&key.to_uppercase()).and_then(|rest| rest.strip_prefix('_'));
            if let Some(found) =
                rest.and_then(|rest| section.iter_mut().find(|(key, _)| key.to_uppercase() == rest))
            {
                return Some(found.1);
            }
        } else if key.to_uppercase() == path {
            return Some(value);
        }
    }
    None
}

fn variables(table: &Table) -> Vec<String> {
    let mut names = Vec::new();
    for (key, value) in table {
        match value {
            Value::Table(section) => {
                names.extend(section.keys().map(|inner| format!("{PREFIX}{key}_{inner}").to_uppercase()));
            }
            _ => names.push(format!("{PREFIX}{key}").to_uppercase()),
        }
    }
    names
}

fn typed(default: &Value, text: &str) -> Result<Value, String> {
    match default {
        Value::Integer(_) => {
            text.parse().map(Value::Integer).map_err(|_| "must be a whole number".to_owned())
        }
        Value::Boolean(_) => {
            text.parse().map(Value::Boolean).map_err(|_| "must be `true` or `false`".to_owned())
        }
        Value::Array(_) => {
            let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
            Ok(Value::Array(items.map(|item| Value::String(item.to_owned())).collect()))
        }
        _ => Ok(Value::String(text.to_owned())),
    }
}

fn closest<'a>(name: &str, known: impl Iterator<Item = &'a str>, least: f64) -> Option<&'a str> {
    known
        .map(|other| (strsim::jaro_winkler(name, other), other))
        .filter(|(similarity, _)| *similarity >= least)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, other)| other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(file: &str, environment: &[(&str, &str)]) -> Result<Settings> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("carcosa.toml");
        std::fs::write(&path, file).unwrap();
        Settings::load(Some(&path), environment.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())))
    }

    #[test]
    fn the_default_file_is_complete_and_its_own_documentation() {
        let settings = Settings::load(None, []).unwrap();
        assert_eq!(settings.listen.port(), 7700);
        let mut before = "";
        for line in DEFAULT_FILE.lines() {
            if line.contains(" = ") && !line.starts_with('#') && before.is_empty() {
                panic!("`{line}` is not documented");
            }
            before = line;
        }
    }

    #[test]
    fn environment_over_file_over_default() {
        let file = "max_in_flight = 7\n[database]\nmax_connections = 3\n";
        let settings =
            load(file, &[("CARCOSA_DATABASE_MAX_CONNECTIONS", "4"), ("CARCOSA_LOG_FORMAT", "json")]).unwrap();
        assert_eq!((settings.max_in_flight, settings.database.max_connections), (7, 4));
        assert_eq!(settings.log.format, LogFormat::Json);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let detail =
            |file, environment: &[(&str, &str)]| load(file, environment).unwrap_err().detail().to_owned();
        assert!(detail("[database]\nurll = \"\"", &[]).contains("did you mean `database.url`?"));
        assert!(detail("nonsense = 1", &[]).contains("`nonsense` is not a setting"));
        assert!(detail("listen = 1", &[]).contains("`listen` must be of type string, not integer"));
        assert!(detail("database = 1", &[]).contains("write [database]"));
        assert!(
            detail("", &[("CARCOSA_MAX_IN_FLIGHT", "many")])
                .contains("CARCOSA_MAX_IN_FLIGHT: must be a whole number")
        );
        assert!(detail("", &[("CARCOSA_LISTEN", "localhost:1")]).contains("`listen` must be an IP address"));
        assert!(detail("max_in_flight = 0", &[]).contains("`max_in_flight` must be at least 1"));
        assert!(detail("[database]\nmax_connections = 0", &[]).contains("`database.max_connections`"));
        let format = detail("[log]\nformat = \"xml\"", &[]);
        assert!(format.contains("unknown variant") && format.contains("log.format"), "{format}");
    }

    #[test]
    fn misspelt_variables_are_noticed_and_others_left_alone() {
        let found = Settings::misspelt([
            ("CARCOSA_DATABASE_URLS".to_owned(), String::new()),
            ("CARCOSA_PORT".to_owned(), String::new()),
            ("HOME".to_owned(), String::new()),
        ]);
        assert_eq!(found, [("CARCOSA_DATABASE_URLS".to_owned(), "CARCOSA_DATABASE_URL".to_owned())]);
    }

    #[test]
    fn the_master_key_is_not_printed() {
        let settings = load("[secrets]\nmaster_key = \"hush\"", &[]).unwrap();
        assert!(!format!("{settings:?}").contains("hush"));
    }

    #[test]
    fn the_mail_server_s_password_is_not_printed() {
        let settings = load("[mail]\nsmtp_url = \"smtps://ada:hush@mail.example.com\"", &[]).unwrap();
        assert!(!format!("{settings:?}").contains("hush"));
    }

    #[test]
    fn links_begin_with_the_public_url_or_else_the_listener() {
        assert_eq!(load("", &[]).unwrap().public_url(), "http://127.0.0.1:7700");
        for (url, base) in [
            ("https://tenants.example.com/", "https://tenants.example.com"),
            ("http://[::1]:80", "http://[::1]:80"),
            ("https://example.com/carcosa", "https://example.com/carcosa"),
        ] {
            assert_eq!(load("", &[("CARCOSA_PUBLIC_URL", url)]).unwrap().public_url(), base);
        }
        for wrong in [
            "tenants.example.com",
            "https://",
            "https:///x",
            "javascript:alert(1)",
            "https://a b",
            "https://a?b",
            "https://u@a",
        ] {
            let refused = load("", &[("CARCOSA_PUBLIC_URL", wrong)]).unwrap_err();
            assert!(refused.detail().contains("`public_url` must be"), "{wrong}");
        }
    }
}
