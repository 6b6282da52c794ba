//! `carcosa tenants …`.

use carcosa_kernel::{Error, Result};
use carcosa_types::permission::{TenantCreate, TenantDelete, TenantRead, TenantTransition, TenantUpdate};
use carcosa_types::tenant::{CreateTenant, ListTenants, TenantStatus, UpdateTenant};
use carcosa_types::tenant_history::HistoryQuery;
use carcosa_web::Body;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::model::Transition;
use super::{counting, service};
use crate::cli::Console;

const COLUMNS: &[&str] = &["id", "slug", "name", "status", "plan", "created_at"];
const DAYS: &[&str] =
    &["date", "created", "activated", "suspended", "archived", "deleted", "restored", "purged", "total"];

/// The project that tenants belong to.
#[derive(clap::Args)]
pub(crate) struct InProject {
    /// The project, by id or slug; may be left out when there is only one.
    #[arg(long)]
    project: Option<String>,
}

/// One tenant.
#[derive(clap::Args)]
pub(crate) struct Named {
    #[command(flatten)]
    of: InProject,
    /// The tenant: an id, `slug:acme` or `ext:42`.
    tenant: String,
}

/// What a transition takes.
#[derive(clap::Args)]
pub(crate) struct Why {
    #[command(flatten)]
    named: Named,
    /// Why, for the audit trail.
    #[arg(long)]
    reason: Option<String>,
}

/// The fields of a tenant that can be given.
#[derive(clap::Args)]
pub(crate) struct Fields {
    /// DNS label; made from the name when left out.
    #[arg(long)]
    slug: Option<String>,
    /// `individual` or `organization`.
    #[arg(long)]
    kind: Option<String>,
    /// The plan.
    #[arg(long)]
    plan: Option<String>,
    /// The tenant above it: an id, `slug:acme` or `ext:42`.
    #[arg(long)]
    parent: Option<String>,
    /// Where its data should live.
    #[arg(long)]
    region: Option<String>,
    /// The application's own id for it.
    #[arg(long)]
    external_id: Option<String>,
    /// Free text.
    #[arg(long)]
    description: Option<String>,
    /// A JSON object.
    #[arg(long)]
    metadata: Option<String>,
}

/// What to do with tenants.
#[derive(clap::Subcommand)]
pub(crate) enum TenantCommand {
    /// Lists and searches tenants, newest first.
    List {
        #[command(flatten)]
        of: InProject,
        /// Words to search for.
        #[arg(long, short)]
        q: Option<String>,
        /// Only this status.
        #[arg(long)]
        status: Option<String>,
        /// At most this many, 1–100.
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..=100))]
        limit: Option<u32>,
        /// Goes on after this cursor, which the page before ended with.
        #[arg(long)]
        after: Option<String>,
    },
    /// Shows one.
    Get(Named),
    /// Counts them.
    Stats(InProject),
    /// Shows how many there were day by day.
    History {
        #[command(flatten)]
        of: InProject,
        /// How many days, 1–366.
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..=366))]
        days: Option<u32>,
    },
    /// Creates one.
    Create {
        #[command(flatten)]
        of: InProject,
        /// Display name.
        #[arg(long)]
        name: String,
        #[command(flatten)]
        fields: Fields,
    },
    /// Changes what is given.
    Update {
        #[command(flatten)]
        named: Named,
        /// Display name.
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        fields: Fields,
    },
    /// Makes it active.
    Activate(Why),
    /// Stops it, and its keys, for now.
    Suspend(Why),
    /// Puts it away.
    Archive(Why),
    /// Brings back a deleted or archived one.
    Restore(Why),
    /// Deletes it; it can be restored until it is purged.
    Delete(Why),
}

impl TenantCommand {
    /// Carries it out.
    pub(crate) async fn run(self, console: &Console) -> Result<()> {
        match self {
            Self::List { of, q, status, limit, after } => {
                let status = status.map(|status| word::<TenantStatus>("status", status)).transpose()?;
                let query = ListTenants { q, limit, after, status, ..ListTenants::default() };
                let access = console.access::<TenantRead>(of.project.as_deref()).await?;
                console.show(&service::list(&access, query).await?, COLUMNS);
            }
            Self::Get(named) => {
                let access =
                    console.tenant_access::<TenantRead>(named.of.project.as_deref(), &named.tenant).await?;
                console.show(&service::get(&access).await?, &[]);
            }
            Self::Stats(of) => {
                let access = console.access::<TenantRead>(of.project.as_deref()).await?;
                console.show(&counting::stats(&access).await?, &[]);
            }
            Self::History { of, days } => {
                let access = console.access::<TenantRead>(of.project.as_deref()).await?;
                console.show(&counting::history(&access, &HistoryQuery { days }).await?, DAYS);
            }
            Self::Create { of, name, fields } => {
                let new: CreateTenant = fields.body(Some(name))?;
                let access = console.access::<TenantCreate>(of.project.as_deref()).await?;
                console.show(&service::create(&access, new).await?, &[]);
            }
            Self::Update { named, name, fields } => {
                let patch: UpdateTenant = fields.body(name)?;
                let access =
                    console.tenant_access::<TenantUpdate>(named.of.project.as_deref(), &named.tenant).await?;
                console.show(&service::update(&access, None, patch).await?, &[]);
            }
            Self::Activate(why) => why.carry_out(console, Transition::Activate).await?,
            Self::Suspend(why) => why.carry_out(console, Transition::Suspend).await?,
            Self::Archive(why) => why.carry_out(console, Transition::Archive).await?,
            Self::Restore(why) => why.carry_out(console, Transition::Restore).await?,
            Self::Delete(why) => {
                let project = why.named.of.project.as_deref();
                let access = console.tenant_access::<TenantDelete>(project, &why.named.tenant).await?;
                console.show(&service::delete(&access, None, why.reason).await?, &[]);
            }
        }
        Ok(())
    }
}

impl Why {
    async fn carry_out(self, console: &Console, transition: Transition) -> Result<()> {
        let project = self.named.of.project.as_deref();
        let access = console.tenant_access::<TenantTransition>(project, &self.named.tenant).await?;
        console.show(&service::transition(&access, None, transition, self.reason).await?, &[]);
        Ok(())
    }
}

impl Fields {
    /// The same body that the API takes, checked by the same rules.
    fn body<T>(self, name: Option<String>) -> Result<T>
    where
        T: DeserializeOwned + schemars::JsonSchema + carcosa_types::Validate + 'static,
    {
        let mut body = Map::new();
        let given = [
            ("name", name),
            ("slug", self.slug),
            ("kind", self.kind),
            ("plan", self.plan),
            ("parent_id", self.parent),
            ("region", self.region),
            ("external_id", self.external_id),
            ("description", self.description),
        ];
        for (field, value) in given {
            if let Some(value) = value {
                body.insert(field.to_owned(), value.into());
            }
        }
        if let Some(text) = self.metadata {
            let metadata = serde_json::from_str(&text).map_err(|cause| {
                Error::field("/metadata", "invalid_json", format!("is not JSON: {cause}"))
            })?;
            body.insert("metadata".to_owned(), metadata);
        }
        Body::parse(&serde_json::to_vec(&Value::Object(body))?).map(|Body(body)| body)
    }
}

fn word<T: DeserializeOwned>(option: &str, word: String) -> Result<T> {
    serde_json::from_value(Value::String(word))
        .map_err(|cause| Error::parameter(option, "enum", cause.to_string()))
}
