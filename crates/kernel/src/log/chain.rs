//! The hash chain of a stream: SHA-256 over the previous hash and every field of the entry.
//!
//! Fields are written length first, so no two entries have the same text. The body enters as its salted hash.

use carcosa_types::{EntryId, ProjectId, TenantId, Timestamp};
use ring::digest::{Context, SHA256};
use uuid::Uuid;

/// What the chain covers of one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the columns of the log, named alike")]
pub struct Fields {
    pub id: EntryId,
    pub project: ProjectId,
    pub stream: Uuid,
    pub tenant: Option<TenantId>,
    pub seq: i64,
    pub kind: String,
    pub actor_kind: String,
    pub actor_id: Option<Uuid>,
    pub target_kind: String,
    pub target_id: Uuid,
    pub body_hash: [u8; 32],
    pub recorded_at: Timestamp,
}

/// The hash before a stream's first entry.
#[must_use]
pub fn genesis(project: ProjectId, stream: Uuid) -> [u8; 32] {
    digest([b"carcosa-log-1".as_slice(), project.uuid().as_bytes(), stream.as_bytes()])
}

/// The hash of an entry that follows `previous`.
#[must_use]
pub fn next(previous: &[u8; 32], fields: &Fields) -> [u8; 32] {
    digest([
        previous.as_slice(),
        fields.id.uuid().as_bytes(),
        fields.project.uuid().as_bytes(),
        fields.stream.as_bytes(),
        fields.tenant.map(|id| id.uuid().into_bytes()).as_ref().map_or(&[], |bytes| bytes.as_slice()),
        &fields.seq.to_be_bytes(),
        fields.kind.as_bytes(),
        fields.actor_kind.as_bytes(),
        fields.actor_id.as_ref().map_or(&[], |id| id.as_bytes().as_slice()),
        fields.target_kind.as_bytes(),
        fields.target_id.as_bytes(),
        &fields.body_hash,
        &fields.recorded_at.micros().to_be_bytes(),
    ])
}

/// What proves where retention cut a stream: with which entry it now begins, and the hash before that entry. Authenticated
/// with the installation's key, so that whoever takes away one more entry is found out.
#[must_use]
pub fn cut(project: ProjectId, stream: Uuid, first_seq: i64, hash: &[u8]) -> [u8; 32] {
    digest([
        b"carcosa-log-cut-1".as_slice(),
        project.uuid().as_bytes(),
        stream.as_bytes(),
        &first_seq.to_be_bytes(),
        hash,
    ])
}

/// The salted hash of a body. The salt is erased with it, so that a guess cannot be confirmed afterwards.
#[must_use]
pub fn body_hash(salt: &[u8], body: &str) -> [u8; 32] {
    digest([salt, body.as_bytes()])
}

fn digest<'a>(fields: impl IntoIterator<Item = &'a [u8]>) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    for field in fields {
        context.update(&(field.len() as u64).to_be_bytes());
        context.update(field);
    }
    let mut hash = [0; 32];
    hash.copy_from_slice(context.finish().as_ref());
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields() -> Fields {
        Fields {
            id: EntryId::from_uuid(Uuid::from_u128(1)),
            project: ProjectId::from_uuid(Uuid::from_u128(2)),
            stream: Uuid::from_u128(3),
            tenant: None,
            seq: 1,
            kind: "tenant.created".into(),
            actor_kind: "cli".into(),
            actor_id: None,
            target_kind: "tenant".into(),
            target_id: Uuid::from_u128(3),
            body_hash: body_hash(b"salt", "{}"),
            recorded_at: Timestamp::from_micros(5),
        }
    }

    #[test]
    fn every_field_is_covered() {
        let (start, base) = ([0; 32], fields());
        let changed = [
            Fields { id: EntryId::from_uuid(Uuid::from_u128(9)), ..base.clone() },
            Fields { project: ProjectId::from_uuid(Uuid::from_u128(9)), ..base.clone() },
            Fields { stream: Uuid::from_u128(9), ..base.clone() },
            Fields { tenant: Some(TenantId::from_uuid(Uuid::from_u128(9))), ..base.clone() },
            Fields { seq: 2, ..base.clone() },
            Fields { kind: "tenant.updated".into(), ..base.clone() },
            Fields { actor_kind: "system".into(), ..base.clone() },
            Fields { actor_id: Some(Uuid::from_u128(9)), ..base.clone() },
            Fields { target_kind: "share".into(), ..base.clone() },
            Fields { target_id: Uuid::from_u128(9), ..base.clone() },
            Fields { body_hash: body_hash(b"salt", "{ }"), ..base.clone() },
            Fields { recorded_at: Timestamp::from_micros(6), ..base.clone() },
        ];
        let hash = next(&start, &base);
        for other in changed {
            assert_ne!(next(&start, &other), hash, "{other:?}");
        }
        assert_ne!(next(&[1; 32], &base), hash);
        assert_ne!(body_hash(b"salt", "{}"), body_hash(b"sal", "t{}"));
    }

    #[test]
    fn a_cut_is_of_one_place_in_one_stream() {
        let (project, stream) = (ProjectId::from_uuid(Uuid::from_u128(2)), Uuid::from_u128(3));
        let base = cut(project, stream, 5, &[1; 32]);
        assert_ne!(cut(ProjectId::from_uuid(Uuid::from_u128(9)), stream, 5, &[1; 32]), base);
        assert_ne!(cut(project, Uuid::from_u128(9), 5, &[1; 32]), base);
        assert_ne!(cut(project, stream, 6, &[1; 32]), base);
        assert_ne!(cut(project, stream, 5, &[2; 32]), base);
    }
}
