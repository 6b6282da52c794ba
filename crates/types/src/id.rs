//! Typed, prefixed, time-ordered ids.
//!
//! The text form is a [TypeID 0.3](https://github.com/jetify-com/typeid/tree/main/spec): a prefix naming the
//! kind, `_`, and the 128 bits of a UUIDv7 as 26 characters of Crockford's base32. In the database an id is
//! the database's own UUID, so ids sort by the time they were made.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use uuid::Uuid;

/// A kind of object, known by the prefix of its ids.
pub trait IdKind: 'static {
    /// The text before the underscore: `ten` for a tenant.
    const PREFIX: &'static str;
    /// What one is called in sentences and in `object` fields: `tenant`.
    const NOUN: &'static str;
}

/// The id of one object of kind `K`.
///
/// Two kinds do not mix: a [`TenantId`] is not an [`OrganizationId`], and parsing checks the prefix.
pub struct Id<K>(Uuid, PhantomData<fn() -> K>);

macro_rules! kinds {
    ($($(#[$doc:meta])+ $alias:ident, $kind:ident, $prefix:literal, $noun:literal;)+) => {
        /// The kinds of object that have ids.
        pub mod kind {
            $(
                $(#[$doc])+
                #[derive(Debug, Clone, Copy)]
                pub enum $kind {}
                impl super::IdKind for $kind {
                    const PREFIX: &'static str = $prefix;
                    const NOUN: &'static str = $noun;
                }
            )+
        }
        $(
            $(#[$doc])+
            pub type $alias = Id<kind::$kind>;
        )+
        /// Every prefix and its noun, for documentation and for parsing an id of unknown kind.
        pub const KINDS: &[(&str, &str)] = &[$(($prefix, $noun)),+];
    };
}

kinds! {
    /// A person who signs in to the dashboard.
    OperatorId, Operator, "opr", "operator";
    /// One application being built; everything else belongs to exactly one project.
    ProjectId, Project, "prj", "project";
    /// A customer of a project.
    TenantId, Tenant, "ten", "tenant";
    /// A sub-unit inside a tenant.
    OrganizationId, Organization, "org", "organization";
    /// A credential of a project or of a tenant.
    KeyId, Key, "key", "api_key";
    /// One committed change: an event of the feed and an entry of the audit trail.
    EntryId, Entry, "evt", "event";
    /// A resource that one tenant lets another one use.
    ShareId, Share, "shr", "share";
    /// A person who uses the application, one per e-mail address and project.
    UserId, User, "usr", "user";
    /// A user's place in a tenant.
    MembershipId, Membership, "mem", "membership";
    /// An offer of a membership.
    InvitationId, Invitation, "inv", "invitation";
    /// A named set of permissions.
    RoleId, Role, "rol", "role";
    /// An operator's sign-in.
    SessionId, Session, "ses", "session";
    /// What access tokens and refresh tokens of one sign-in hang on.
    TokenId, Token, "tok", "token";
    /// Where events are sent to.
    WebhookEndpointId, WebhookEndpoint, "ep", "webhook_endpoint";
    /// One event on its way to one webhook endpoint.
    DeliveryId, Delivery, "del", "webhook_delivery";
    /// A copy that someone keeps.
    SyncClientId, SyncClient, "syn", "sync_client";
    /// A client's word on what it did.
    SyncReportId, SyncReport, "srp", "sync_report";
}

impl<K> Id<K> {
    /// Takes over a UUID that is known to be of this kind.
    #[must_use]
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid, PhantomData)
    }

    /// The bare UUID, as the database keeps it.
    #[must_use]
    pub const fn uuid(self) -> Uuid {
        self.0
    }
}

impl ProjectId {
    /// What stands in the place of a project for the log of the installation itself: no project has this id.
    pub const INSTALLATION: Self = Self::from_uuid(Uuid::nil());
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K> Copy for Id<K> {}
impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<K> Eq for Id<K> {}
impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}
impl<K> Hash for Id<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<K: IdKind> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut suffix = [0; SUFFIX_LEN];
        write!(f, "{}_{}", K::PREFIX, encode(self.0, &mut suffix))
    }
}
impl<K: IdKind> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Why a text is not an id of the expected kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {noun} id: expected {prefix}_ and 26 base32 characters")]
pub struct InvalidId {
    noun: &'static str,
    prefix: &'static str,
}

impl<K: IdKind> FromStr for Id<K> {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        text.strip_prefix(K::PREFIX)
            .and_then(|rest| rest.strip_prefix('_'))
            .and_then(decode)
            .map(Self::from_uuid)
            .ok_or(InvalidId { noun: K::NOUN, prefix: K::PREFIX })
    }
}

impl<K: IdKind> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de, K: IdKind> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}
impl<K: IdKind> JsonSchema for Id<K> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("{}Id", K::NOUN).into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": format!("^{}_[0-7][0-9a-hjkmnp-tv-z]{{25}}$", K::PREFIX) })
    }
}

/// An id whose kind is known only at run time, such as the target of a log entry.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct UntypedId {
    prefix: &'static str,
    uuid: Uuid,
}

impl UntypedId {
    /// Rebuilds an id from the noun of its kind (`tenant`) and its UUID; `None` for an unknown noun.
    #[must_use]
    pub fn from_noun(noun: &str, uuid: Uuid) -> Option<Self> {
        KINDS.iter().find(|(_, n)| *n == noun).map(|(prefix, _)| Self { prefix, uuid })
    }

    /// The noun of its kind.
    #[must_use]
    pub fn noun(self) -> &'static str {
        KINDS.iter().find(|(p, _)| *p == self.prefix).map_or("", |(_, noun)| noun)
    }

    /// The bare UUID.
    #[must_use]
    pub const fn uuid(self) -> Uuid {
        self.uuid
    }
}
impl<K: IdKind> From<Id<K>> for UntypedId {
    fn from(id: Id<K>) -> Self {
        Self { prefix: K::PREFIX, uuid: id.0 }
    }
}
impl FromStr for UntypedId {
    type Err = InvalidId;
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let unknown = InvalidId { noun: "object", prefix: "<kind>" };
        let (prefix, suffix) = text.split_once('_').ok_or_else(|| unknown.clone())?;
        let (prefix, _) = KINDS.iter().find(|(p, _)| *p == prefix).ok_or_else(|| unknown.clone())?;
        decode(suffix).map(|uuid| Self { prefix, uuid }).ok_or(unknown)
    }
}
impl fmt::Display for UntypedId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut suffix = [0; SUFFIX_LEN];
        write!(f, "{}_{}", self.prefix, encode(self.uuid, &mut suffix))
    }
}
impl fmt::Debug for UntypedId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

const SUFFIX_LEN: usize = 26;
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

fn encode(uuid: Uuid, buffer: &mut [u8; SUFFIX_LEN]) -> &str {
    let mut bits = uuid.as_u128();
    for slot in buffer.iter_mut().rev() {
        *slot = ALPHABET[(bits & 31) as usize];
        bits >>= 5;
    }
    std::str::from_utf8(buffer).unwrap_or_default()
}

fn decode(suffix: &str) -> Option<Uuid> {
    let bytes = suffix.as_bytes();
    // 26 × 5 = 130 bits: the first character may use only three of its five.
    if bytes.len() != SUFFIX_LEN || bytes[0] > b'7' {
        return None;
    }
    let mut bits = 0_u128;
    for byte in bytes {
        let value = ALPHABET.iter().position(|c| c == byte)?;
        bits = (bits << 5) | value as u128;
    }
    Some(Uuid::from_u128(bits))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

    use super::*;

    #[test]
    fn the_specification_s_own_example() {
        let uuid = Uuid::parse_str("01890a5d-ac96-774b-bcce-b302099a8057").unwrap();
        let id = TenantId::from_uuid(uuid);
        assert_eq!(id.to_string(), "ten_01h455vb4pex5vsknk084sn02q");
        assert_eq!("ten_01h455vb4pex5vsknk084sn02q".parse::<TenantId>().unwrap(), id);
    }

    #[test]
    fn foreign_prefix_overflow_case_and_length_are_refused() {
        for bad in [
            "",
            "ten",
            "ten_",
            "org_01h455vb4pex5vsknk084sn02q",
            "ten_81h455vb4pex5vsknk084sn02q",
            "ten_01H455VB4PEX5VSKNK084SN02Q",
            "ten_01h455vb4pex5vsknk084sn02",
            "ten_01h455vb4pex5vsknk084sn02qq",
            "ten_01h455vb4pex5vsknk084sn02u",
            "01890a5d-ac96-774b-bcce-b302099a8057",
        ] {
            assert!(bad.parse::<TenantId>().is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn every_uuid_round_trips(bits in any::<u128>()) {
            let id = TenantId::from_uuid(Uuid::from_u128(bits));
            prop_assert_eq!(id.to_string().parse::<TenantId>().unwrap(), id);
            prop_assert_eq!(id.to_string().parse::<UntypedId>().unwrap(), UntypedId::from(id));
        }

        #[test]
        fn text_order_is_id_order(a in any::<u128>(), b in any::<u128>()) {
            let (a, b) = (TenantId::from_uuid(Uuid::from_u128(a)), TenantId::from_uuid(Uuid::from_u128(b)));
            prop_assert_eq!(a.cmp(&b), a.to_string().cmp(&b.to_string()));
        }

        #[test]
        fn garbage_never_panics(text in ".{0,40}") {
            prop_assert!(text.parse::<TenantId>().is_err() || text.starts_with("ten_"));
        }
    }
}
