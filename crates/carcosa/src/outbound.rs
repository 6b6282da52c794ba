//! Calls out of the installation to addresses that customers name: one client, one guard.
//!
//! A customer's address must not reach what only this machine can: the loopback, the private networks, the metadata services of
//! clouds. So the guard stands where the connection is made: names are looked up once, addresses that are not public are taken out
//! of the answer, and the client connects to what is left and to nothing else. An answer that changes between check and
//! connection changes nothing. No redirect is followed and no proxy of the environment is used.
//!
//! Operators may open networks with `outbound.allow`. Plain `http` goes only there.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use carcosa_kernel::{Error, Result};
use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, RequestBuilder};
use tokio::sync::Semaphore;
use url::{Host, Url};

/// Longest address, in characters.
pub const MAX_URL: usize = 2048;
/// Longest time to make a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// How long a connection is kept that nobody uses.
const IDLE: Duration = Duration::from_secs(30);
/// Connections kept for one host.
const IDLE_PER_HOST: usize = 8;

/// Finds the addresses of a name.
pub trait Lookup: Send + Sync + 'static {
    /// All that there are, in the order to try them.
    fn addresses<'a>(
        &'a self,
        name: &'a str,
    ) -> Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send + 'a>>;
}

/// Look-ups under way at a time: each takes a thread, of which others need some too.
static LOOKUPS: Semaphore = Semaphore::const_new(64);

/// The machine's own resolver.
pub struct SystemLookup;

impl Lookup for SystemLookup {
    fn addresses<'a>(
        &'a self,
        name: &'a str,
    ) -> Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send + 'a>> {
        let name = name.to_owned();
        Box::pin(async move {
            // A look-up goes on after whoever asked has lost patience, and keeps its place until it ends.
            let place = LOOKUPS.acquire().await.map_err(io::Error::other)?;
            let look = move || {
                let _place = place;
                (name.as_str(), 0).to_socket_addrs().map(|found| found.map(|address| address.ip()).collect())
            };
            tokio::task::spawn_blocking(look).await.map_err(io::Error::other)?
        })
    }
}

/// Why an address that a customer named cannot be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is no address at all.
    #[error("must be an absolute URL such as https://example.com/hooks")]
    Malformed,
    /// It is longer than [`MAX_URL`].
    #[error("must be at most 2048 characters long")]
    TooLong,
    /// It is neither `https` nor, where the operator allowed networks, `http`.
    #[error("must begin with https://")]
    Scheme,
    /// It has a user or a password in it.
    #[error("must not contain a user name or password; use a header")]
    Credentials,
    /// It has a fragment, which no server would see.
    #[error("must not contain a fragment (#…)")]
    Fragment,
    /// It names an address that is not public.
    #[error("must not name an address of a private, local or reserved network")]
    Private,
    /// There is nothing to check a server's certificate by.
    #[error("cannot be called: this installation has no certificates of authorities")]
    NoCertificates,
}

/// The client, and which networks it may reach.
#[derive(Clone)]
pub struct Outbound {
    /// `None` where the machine has no certificates of authorities: nothing can be trusted then.
    public: Option<Client>,
    inner: Client,
    allow: Arc<[IpNet]>,
}

impl Outbound {
    /// One that reaches public addresses and the networks allowed.
    pub fn new(allow: Vec<IpNet>, lookup: &Arc<dyn Lookup>) -> Result<Self> {
        // The choice is the whole process's. Where it was made before, it was made alike.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let allow: Arc<[IpNet]> = allow.into();
        let guard = |public| Guard { allow: Arc::clone(&allow), public, lookup: Arc::clone(lookup) };
        let builder = |guard| {
            Client::builder()
                .user_agent(concat!("carcosa/", env!("CARGO_PKG_VERSION")))
                .redirect(Policy::none())
                .no_proxy()
                .referer(false)
                .connect_timeout(CONNECT)
                .pool_idle_timeout(IDLE)
                .pool_max_idle_per_host(IDLE_PER_HOST)
                .tcp_nodelay(true)
                .dns_resolver(Arc::new(guard))
        };
        let public = builder(guard(true)).https_only(true).build();
        if let Err(cause) = &public {
            tracing::warn!(
                ?cause,
                "no webhook can be sent: install the certificates of authorities (ca-certificates)"
            );
        }
        // Without encryption there is nobody's certificate to trust.
        let inner = builder(guard(false)).tls_certs_only(std::iter::empty::<Certificate>());
        Ok(Self { public: public.ok(), inner: inner.build().map_err(Error::internal)?, allow })
    }

    /// Reads an address that a customer names, for later calls. A name is looked up only then.
    pub fn check(&self, text: &str) -> Result<Url, Refusal> {
        if text.chars().count() > MAX_URL {
            return Err(Refusal::TooLong);
        }
        let url = Url::parse(text).map_err(|_| Refusal::Malformed)?;
        let is_plain = match url.scheme() {
            "https" => false,
            "http" if !self.allow.is_empty() => true,
            _ => return Err(Refusal::Scheme),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Refusal::Credentials);
        }
        if url.fragment().is_some() {
            return Err(Refusal::Fragment);
        }
        // The parser has read decimal, octal, hexadecimal and short forms of addresses as the addresses they are.
        let literal = match url.host().ok_or(Refusal::Malformed)? {
            Host::Domain(_) => return Ok(url),
            Host::Ipv4(address) => IpAddr::V4(address),
            Host::Ipv6(address) => IpAddr::V6(address),
        };
        if may_reach(&self.allow, !is_plain, literal) { Ok(url) } else { Err(Refusal::Private) }
    }

    /// A POST to an address that was checked before, and is checked again: what is allowed may have changed since.
    pub fn post(&self, url: &str) -> Result<RequestBuilder, Refusal> {
        let url = self.check(url)?;
        let client = if url.scheme() == "https" { self.public.as_ref() } else { Some(&self.inner) };
        client.map(|client| client.post(url)).ok_or(Refusal::NoCertificates)
    }
}

/// Takes out of what a name stands for all that must not be reached.
struct Guard {
    allow: Arc<[IpNet]>,
    public: bool,
    lookup: Arc<dyn Lookup>,
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let (allow, public, lookup) = (Arc::clone(&self.allow), self.public, Arc::clone(&self.lookup));
        Box::pin(async move {
            // One answer for a name that is not there and one that leads inside: nobody learns the names of what is inside.
            let found = lookup.addresses(name.as_str()).await.map_err(|_| NotReachable)?;
            let reachable: Vec<SocketAddr> = found
                .iter()
                .filter(|address| may_reach(&allow, public, **address))
                .map(|address| SocketAddr::new(*address, 0))
                .collect();
            if reachable.is_empty() {
                return Err(NotReachable.into());
            }
            Ok(Box::new(reachable.into_iter()) as Addrs)
        })
    }
}

/// A name stands for no address that may be reached.
#[derive(Debug, thiserror::Error)]
#[error("the name has no public address")]
pub struct NotReachable;

fn may_reach(allow: &[IpNet], public: bool, address: IpAddr) -> bool {
    let address = address.to_canonical();
    (public && is_public(address)) || allow.iter().any(|network| network.contains(&address))
}

/// Whether an address is one of the public internet, by the
/// [IANA registries of special purposes](https://www.iana.org/assignments/iana-ipv4-special-registry).
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

const fn is_public_v4(address: Ipv4Addr) -> bool {
    !matches!(
        address.octets(),
        [0 | 10 | 127 | 224..=255, ..] // this network, private, loopback, multicast, reserved
            | [100, 64..=127, ..]      // shared between customers of a carrier
            | [168, 63, 129, 16]       // what a cloud answers its own machines at
            | [169, 254, ..]           // link-local, and the metadata services of clouds
            | [172, 16..=31, ..]       // private
            | [192, 0, 0 | 2, _]       // protocol assignments, documentation
            | [192, 88, 99, _]         // relays of 6to4
            | [192, 168, ..]           // private
            | [198, 18..=19, ..]       // benchmarks
            | [198, 51, 100, _]        // documentation
            | [203, 0, 113, _] // documentation
    )
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    let low = || {
        let [.., high, low] = segments;
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        Ipv4Addr::new(a, b, c, d)
    };
    match segments {
        // NAT64 (RFC 6052): the address behind it counts.
        [0x64, 0xff9b, 0, 0, 0, 0, ..] => is_public_v4(low()),
        // Protocol assignments with Teredo, documentation, 6to4, segment routing: they lead elsewhere, or nowhere.
        [0x2001, second, ..] if second < 0x200 || second == 0xdb8 => false,
        [0x2002 | 0x3ffe | 0x5f00, ..] | [0x3fff, 0..=0x0fff, ..] => false,
        // What is given out as global.
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn outbound(allow: &[&str]) -> Outbound {
        let allow = allow.iter().map(|text| text.parse().unwrap()).collect();
        Outbound::new(allow, &(Arc::new(SystemLookup) as Arc<dyn Lookup>)).unwrap()
    }

    #[test]
    fn only_addresses_of_the_public_internet_are_public() {
        for public in [
            "1.1.1.1",
            "100.63.255.255",
            "100.128.0.0",
            "172.15.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "223.255.255.255",
            "2606:4700::1111",
            "64:ff9b::1.1.1.1",
            "2001:200::1",
        ] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
        for private in [
            "0.0.0.0",
            "10.0.0.1",
            "100.64.0.1",
            "127.0.0.1",
            "127.255.255.255",
            "168.63.129.16",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "64:ff9b::10.0.0.1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
        assert!(
            !may_reach(&[], true, "::ffff:127.0.0.1".parse().unwrap()),
            "an IPv4 address written as IPv6"
        );
    }

    #[test]
    fn addresses_in_every_notation() {
        let strict = outbound(&[]);
        for text in [
            "https://127.0.0.1/",
            "https://2130706433/",
            "https://0x7f000001/",
            "https://0177.0.0.1/",
            "https://127.1/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::ffff:7f00:1]/",
            "https://[64:ff9b::7f00:1]/",
            "https://169.254.169.254/latest/meta-data",
            "https://０x7f.1/",
            "https://0/",
        ] {
            assert_eq!(strict.check(text), Err(Refusal::Private), "{text}");
        }
        for (text, refusal) in [
            ("", Refusal::Malformed),
            ("hooks.example.com", Refusal::Malformed),
            ("https://", Refusal::Malformed),
            ("http://example.com/", Refusal::Scheme),
            ("ftp://example.com/", Refusal::Scheme),
            ("file:///etc/passwd", Refusal::Scheme),
            ("gopher://example.com/", Refusal::Scheme),
            ("javascript:alert(1)", Refusal::Scheme),
            ("https://user@example.com/", Refusal::Credentials),
            ("https://:secret@example.com/", Refusal::Credentials),
            ("https://example.com/#x", Refusal::Fragment),
        ] {
            assert_eq!(strict.check(text), Err(refusal), "{text}");
        }
        let long = |n: usize| format!("https://example.com/{}", "a".repeat(n - "https://example.com/".len()));
        assert!(strict.check(&long(MAX_URL)).is_ok());
        assert_eq!(strict.check(&long(MAX_URL + 1)), Err(Refusal::TooLong));
        assert!(strict.check("https://example.com:8443/hooks?a=b").is_ok());
    }

    #[test]
    fn operators_open_networks() {
        let open = outbound(&["127.0.0.0/8", "10.1.0.0/16"]);
        assert!(open.check("http://127.0.0.1:3000/hooks").is_ok());
        assert!(open.check("https://10.1.2.3/").is_ok());
        assert_eq!(open.check("https://10.2.0.1/"), Err(Refusal::Private));
        assert_eq!(open.check("http://1.1.1.1/"), Err(Refusal::Private), "plain only into what was opened");
        assert!(open.check("http://localhost:3000/").is_ok(), "looked up when it is called");
    }

    /// Answers with another address each time.
    struct Rebinding(Vec<&'static str>, AtomicUsize);

    impl Lookup for Rebinding {
        fn addresses<'a>(
            &'a self,
            _: &'a str,
        ) -> Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send + 'a>> {
            let nth = self.1.fetch_add(1, Ordering::SeqCst);
            Box::pin(async move { Ok(vec![self.0[nth % self.0.len()].parse().unwrap()]) })
        }
    }

    #[tokio::test]
    async fn a_name_that_comes_to_mean_something_else_leads_nowhere() {
        let lookup = Arc::new(Rebinding(vec!["127.0.0.1", "169.254.169.254", "::1"], AtomicUsize::new(0)));
        let strict = Outbound::new(Vec::new(), &(Arc::clone(&lookup) as Arc<dyn Lookup>)).unwrap();
        for _ in 0..3 {
            let failed = strict.post("https://rebind.example/").unwrap().send().await.unwrap_err();
            assert!(format!("{failed:?}").contains("NotReachable"), "{failed:?}");
        }
        assert_eq!(lookup.1.load(Ordering::SeqCst), 3, "each connection looks once");
    }
}
