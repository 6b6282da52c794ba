//! SQL of projects.

use carcosa_kernel::db::{Assembled, Reach};
use carcosa_kernel::{Error, Result, Tx, Window, args, statements};
use carcosa_types::project::Project;
use carcosa_types::{ProjectId, Timestamp};
use sqlx::FromRow;
use uuid::Uuid;

use crate::column::{read_json, read_word, write_json, write_word};

statements! {
    project INSERT = "INSERT INTO projects (id, name, slug, environment, settings, created_at, updated_at, version)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (slug) DO NOTHING";
    project FIND = "SELECT id, name, slug, environment, settings, created_at, updated_at, version
        FROM projects WHERE id = $1";
    project LOCK locking = "SELECT id, name, slug, environment, settings, created_at, updated_at, version
        FROM projects WHERE id = $1";
    project HOLD locking = "SELECT version FROM projects WHERE id = $1";
    project UPDATE = "UPDATE projects SET name = $2, settings = $3, updated_at = $4, version = $5 WHERE id = $1";
    system ALL = "SELECT id, name, slug, environment, settings, created_at, updated_at, version
        FROM projects ORDER BY id";
    system BY_SLUG = "SELECT id, name, slug, environment, settings, created_at, updated_at, version
        FROM projects WHERE slug = $1";
    system BY_ID = "SELECT id, name, slug, environment, settings, created_at, updated_at, version
        FROM projects WHERE id = $1";
}

const LIST: &str =
    "SELECT id, name, slug, environment, settings, created_at, updated_at, version FROM projects WHERE true";

#[derive(FromRow)]
struct Held {
    #[expect(dead_code, reason = "the row is read to lock it")]
    version: i64,
}

/// Holds the project for the rest of the transaction: counting what it has and adding to it must not overlap with another's.
pub(crate) async fn hold(tx: &mut Tx) -> Result<()> {
    tx.one::<Held>(&HOLD, args![]).await.map(drop)
}

#[derive(FromRow)]
struct Row {
    id: ProjectId,
    name: String,
    slug: String,
    environment: String,
    settings: String,
    created_at: Timestamp,
    updated_at: Timestamp,
    version: i64,
}

impl TryFrom<Row> for Project {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            object: "project".to_owned(),
            id: row.id,
            name: row.name,
            slug: row.slug,
            environment: read_word(&row.environment)?,
            settings: read_json(&row.settings)?,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
        })
    }
}

/// Whether it was stored: not when the slug is taken.
pub(super) async fn insert(tx: &mut Tx, project: &Project) -> Result<bool> {
    let values = args![
        &project.name,
        &project.slug,
        write_word(project.environment)?,
        write_json(&project.settings)?,
        project.created_at,
        project.updated_at,
        project.version
    ];
    Ok(tx.execute(&INSERT, values).await? == 1)
}

pub(super) async fn find(tx: &mut Tx) -> Result<Option<Project>> {
    tx.optional::<Row>(&FIND, args![]).await?.map(Project::try_from).transpose()
}

pub(super) async fn lock(tx: &mut Tx) -> Result<Option<Project>> {
    tx.optional::<Row>(&LOCK, args![]).await?.map(Project::try_from).transpose()
}

pub(super) async fn update(tx: &mut Tx, project: &Project) -> Result<()> {
    let values = args![&project.name, write_json(&project.settings)?, project.updated_at, project.version];
    tx.execute(&UPDATE, values).await.map(drop)
}

pub(super) async fn all(tx: &mut Tx) -> Result<Vec<Project>> {
    tx.all::<Row>(&ALL, args![]).await?.into_iter().map(Project::try_from).collect()
}

/// Those among some, or all of them, newest first. In a system transaction.
pub(super) async fn list(
    tx: &mut Tx,
    among: Option<&[ProjectId]>,
    window: &Window<(Uuid,)>,
) -> Result<Vec<Project>> {
    let mut query = Assembled::new("projects.list", Reach::System, LIST);
    if let Some(among) = among {
        if among.is_empty() {
            return Ok(Vec::new());
        }
        query.push(" AND id IN ", args![]);
        query.push_list(among.iter().map(|id| (*id).into()));
    }
    let (after, order) = if window.is_backward() {
        (" AND id > ?", " ORDER BY id")
    } else {
        (" AND id < ?", " ORDER BY id DESC")
    };
    if let Some((id,)) = window.start() {
        query.push(after, args![*id]);
    }
    query.push(order, args![]);
    query.push_limit(window.fetch());
    tx.all_of::<Row>(query).await?.into_iter().map(Project::try_from).collect()
}

pub(super) async fn by_slug(tx: &mut Tx, slug: &str) -> Result<Option<Project>> {
    tx.optional::<Row>(&BY_SLUG, args![slug]).await?.map(Project::try_from).transpose()
}

pub(super) async fn by_id(tx: &mut Tx, id: ProjectId) -> Result<Option<Project>> {
    tx.optional::<Row>(&BY_ID, args![id]).await?.map(Project::try_from).transpose()
}
