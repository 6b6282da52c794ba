//! The dashboard: what its build leaves in `dashboard/dist`, for browsers.
//!
//! A release build has the files inside, by the list that `build.rs` makes. A debug build reads them with each request, so that
//! a new dashboard needs no new binary. Whatever address a browser asks for that is nothing else is a page of the dashboard,
//! which finds out by itself which one.

use std::borrow::Cow;

use axum::body::Body;
use axum::http::header::{
    ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG,
    IF_NONE_MATCH, VARY,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use ring::digest::{SHA256, digest};

include!(concat!(env!("OUT_DIR"), "/dashboard.rs"));

/// Where the files are on the machine that built a debug build.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../dashboard/dist");
const INDEX: &str = "index.html";
/// What is never a page of the dashboard, whoever asks.
const NOT_PAGES: &[&str] = &["v1", "docs", "health", ".well-known", "openapi.json", "assets"];
/// Pages run scripts of ours alone and send what they know to nobody else. Logos of tenants are wherever tenants have them.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: https:; font-src 'self'; \
                      connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
                      object-src 'none'";
const PAGE_HEADERS: &[(&str, &str)] = &[
    ("content-security-policy", POLICY),
    ("cross-origin-opener-policy", "same-origin"),
    ("permissions-policy", "camera=(), microphone=(), geolocation=()"),
    ("referrer-policy", "no-referrer"),
    ("x-frame-options", "DENY"),
];
/// What `/` shows where there is no dashboard.
const MISSING: &str = r#"<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Carcosa</title></head>
<body>
<h1>Carcosa is running</h1>
<p>This build has no dashboard. <code>cargo xtask build</code> makes it, and a binary that serves it.</p>
<p>The API works all the same: see <a href="/docs/">its reference</a>.</p>
</body>
</html>
"#;

type Bytes = Cow<'static, [u8]>;

/// Where files are found by their path, such as `assets/index-B2x.js`.
trait Files {
    async fn find(&self, path: &str) -> Option<Bytes>;
}

/// Those of the build, or of the folder that it left.
struct Built;

impl Files for Built {
    async fn find(&self, path: &str) -> Option<Bytes> {
        match EMBEDDED {
            Some(files) => {
                files.iter().find(|(name, _)| *name == path).map(|(_, bytes)| Cow::Borrowed(*bytes))
            }
            None => tokio::fs::read(format!("{FOLDER}/{path}")).await.ok().map(Cow::Owned),
        }
    }
}

/// A file of the dashboard, or its page where a browser asks for one; 404 otherwise.
pub(crate) async fn serve(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    answer(&Built, &method, uri.path(), &headers).await
}

async fn answer(files: &impl Files, method: &Method, path: &str, headers: &HeaderMap) -> Response {
    if *method != Method::GET && *method != Method::HEAD {
        return carcosa_web::endpoint::no_route().into_response();
    }
    let name = path.trim_start_matches('/');
    if let Some(kind) = content_type(name).filter(|_| name != INDEX && is_plain(name))
        && let Some(file) = files.find(name).await
    {
        return reply(files, (name, kind, file), method, headers).await;
    }
    if !is_page(name, headers) {
        return carcosa_web::endpoint::no_route().into_response();
    }
    let index = files.find(INDEX).await.unwrap_or(Cow::Borrowed(MISSING.as_bytes()));
    let mut response = reply(files, (INDEX, "text/html; charset=utf-8", index), method, headers).await;
    for (name, value) in PAGE_HEADERS {
        response.headers_mut().insert(*name, HeaderValue::from_static(value));
    }
    response
}

/// Whether a browser asks for a page of the dashboard. Programs that mistake an address want to be told.
fn is_page(name: &str, headers: &HeaderMap) -> bool {
    let first = name.split('/').next().unwrap_or_default();
    let wanted = headers.get_all(ACCEPT).iter().filter_map(|accept| accept.to_str().ok());
    name.is_empty()
        || (!NOT_PAGES.contains(&first) && wanted.into_iter().any(|accept| accept.contains("text/html")))
}

/// Whether a path names a file in the folder and nothing elsewhere.
fn is_plain(name: &str) -> bool {
    name.split('/').all(|part| {
        !part.is_empty()
            && !part.starts_with('.')
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
    })
}

/// What a file is, by its name; `None` for what the dashboard has not.
fn content_type(name: &str) -> Option<&'static str> {
    Some(match name.rsplit_once('.')?.1 {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "txt" => "text/plain; charset=utf-8",
        _ => return None,
    })
}

async fn reply(
    files: &impl Files,
    (name, kind, file): (&str, &'static str, Bytes),
    method: &Method,
    headers: &HeaderMap,
) -> Response {
    let smaller = files.find(&format!("{name}.gz")).await;
    let varies = smaller.is_some();
    let (bytes, compressed) = match smaller.filter(|_| takes_gzip(headers)) {
        Some(smaller) => (smaller, true),
        None => (file, false),
    };
    let mut response = Response::new(Body::empty());
    let answer = response.headers_mut();
    answer.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    if name == INDEX {
        answer.insert(VARY, HeaderValue::from_static("Accept, Accept-Encoding"));
    } else if varies {
        answer.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
    }
    if compressed {
        answer.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    // The name of an asset has a hash of what is in it.
    let lasts = name.starts_with("assets/");
    let caching = if lasts { "public, max-age=31536000, immutable" } else { "no-cache" };
    answer.insert(CACHE_CONTROL, HeaderValue::from_static(caching));
    if !lasts {
        let tag = etag(&bytes);
        let is_known = headers.get_all(IF_NONE_MATCH).iter().any(|known| names(known, &tag));
        if let Ok(tag) = HeaderValue::try_from(tag) {
            answer.insert(ETAG, tag);
        }
        if is_known {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return response;
        }
    }
    answer.insert(CONTENT_LENGTH, HeaderValue::from(bytes.len()));
    if *method == Method::GET {
        *response.body_mut() = match bytes {
            Cow::Borrowed(bytes) => Body::from(bytes),
            Cow::Owned(bytes) => Body::from(bytes),
        };
    }
    response
}

fn etag(bytes: &[u8]) -> String {
    let hash = digest(&SHA256, bytes);
    let hex: String = hash.as_ref().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{hex}\"")
}

/// Whether `If-None-Match` names the tag, weakened by a proxy or not.
fn names(header: &HeaderValue, tag: &str) -> bool {
    let known = header.to_str().unwrap_or_default().split(',').map(str::trim);
    known.into_iter().any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag)
}

fn takes_gzip(headers: &HeaderMap) -> bool {
    let lines = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let is_gzip = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip") || name == "*");
        let weight = parts.find_map(|part| part.strip_prefix("q=")?.parse::<f32>().ok());
        is_gzip && weight.is_none_or(|weight| weight > 0.0)
    })
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderName;
    use axum::http::header::CONTENT_SECURITY_POLICY;
    use http_body_util::BodyExt;

    use super::*;

    struct Sample(&'static [(&'static str, &'static str)]);

    impl Files for Sample {
        async fn find(&self, path: &str) -> Option<Bytes> {
            self.0.iter().find(|(name, _)| *name == path).map(|(_, text)| Cow::Borrowed(text.as_bytes()))
        }
    }

    const SAMPLE: Sample = Sample(&[
        ("index.html", "<html>"),
        ("index.html.gz", "<gz>"),
        ("favicon.svg", "<svg>"),
        ("assets/index-B2x_-1.js", "script"),
        ("assets/index-B2x_-1.js.gz", "gz"),
        ("assets/inter-9f.woff2", "font"),
        ("assets/notes.exe", "no"),
        ("../secret.txt", "secret"),
        (".env.txt", "secret"),
    ]);

    async fn ask(method: Method, path: &str, headers: &[(HeaderName, &str)]) -> (Response, String) {
        let headers = headers.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect();
        let mut response = answer(&SAMPLE, &method, path, &headers).await;
        let body = std::mem::take(response.body_mut()).collect().await.unwrap().to_bytes();
        (response, String::from_utf8(body.to_vec()).unwrap())
    }

    fn header(response: &Response, name: &HeaderName) -> String {
        response.headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
    }

    #[tokio::test]
    async fn assets_are_kept_for_good_and_compressed_for_those_who_take_it() {
        let path = "/assets/index-B2x_-1.js";
        let (plain, text) = ask(Method::GET, path, &[]).await;
        assert_eq!((plain.status(), text.as_str()), (StatusCode::OK, "script"));
        assert_eq!(header(&plain, &CACHE_CONTROL), "public, max-age=31536000, immutable");
        assert_eq!(header(&plain, &CONTENT_TYPE), "text/javascript; charset=utf-8");
        assert_eq!(header(&plain, &VARY), "Accept-Encoding");
        for (coding, expected) in
            [("br, gzip", "gz"), ("gzip;q=0.5", "gz"), ("*", "gz"), ("gzip;q=0", "script"), ("br", "script")]
        {
            let (response, text) = ask(Method::GET, path, &[(ACCEPT_ENCODING, coding)]).await;
            assert_eq!(text, expected, "{coding}");
            assert_eq!(header(&response, &CONTENT_ENCODING) == "gzip", expected == "gz", "{coding}");
        }
        let (font, _) = ask(Method::GET, "/assets/inter-9f.woff2", &[(ACCEPT_ENCODING, "gzip")]).await;
        assert_eq!(
            (header(&font, &CONTENT_TYPE).as_str(), header(&font, &VARY).as_str()),
            ("font/woff2", "")
        );
        let (head, text) = ask(Method::HEAD, path, &[]).await;
        assert_eq!((header(&head, &CONTENT_LENGTH).as_str(), text.as_str()), ("6", ""));
    }

    #[tokio::test]
    async fn the_page_is_asked_for_anew_and_sent_when_it_changed() {
        let (page, text) = ask(Method::GET, "/", &[]).await;
        assert_eq!(text, "<html>");
        assert_eq!(header(&page, &CACHE_CONTROL), "no-cache");
        for (name, value) in PAGE_HEADERS {
            assert_eq!(page.headers()[*name], *value);
        }
        let tag = header(&page, &ETAG);
        for known in [tag.clone(), format!("W/{tag}"), format!("\"x\", {tag}"), "*".to_owned()] {
            let (again, text) = ask(Method::GET, "/", &[(IF_NONE_MATCH, &known)]).await;
            assert_eq!((again.status(), text.as_str()), (StatusCode::NOT_MODIFIED, ""), "{known}");
            assert_eq!(header(&again, &CONTENT_SECURITY_POLICY), POLICY);
        }
        let zipped = [(IF_NONE_MATCH, tag.as_str()), (ACCEPT_ENCODING, "gzip")];
        assert_eq!(ask(Method::GET, "/", &zipped).await.1, "<gz>", "another text has another tag");
    }

    #[tokio::test]
    async fn browsers_get_the_page_wherever_nothing_else_is() {
        const BROWSER: &str = "text/html,application/xhtml+xml,*/*;q=0.8";
        for page in
            ["/sign-in", "/p/cardvault/tenants/ten_1", "/invitation", "/index.html", "/v1x", "/a%20b", "//x"]
        {
            let (response, text) = ask(Method::GET, page, &[(ACCEPT, BROWSER)]).await;
            assert_eq!((response.status(), text.as_str()), (StatusCode::OK, "<html>"), "{page}");
            let (program, _) = ask(Method::GET, page, &[(ACCEPT, "*/*")]).await;
            assert_eq!(program.status(), StatusCode::NOT_FOUND, "{page}");
            let (post, _) = ask(Method::POST, page, &[(ACCEPT, BROWSER)]).await;
            assert_eq!(post.status(), StatusCode::NOT_FOUND, "{page}");
        }
        for other in NOT_PAGES {
            for path in [format!("/{other}"), format!("/{other}/x.js")] {
                let (response, _) = ask(Method::GET, &path, &[(ACCEPT, BROWSER)]).await;
                assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
            }
        }
        let (icon, text) = ask(Method::GET, "/favicon.svg", &[(ACCEPT, BROWSER)]).await;
        assert_eq!((text.as_str(), header(&icon, &CACHE_CONTROL).as_str()), ("<svg>", "no-cache"));
        assert!(icon.headers().get(CONTENT_SECURITY_POLICY).is_none());
    }

    #[tokio::test]
    async fn no_path_leads_elsewhere() {
        for path in [
            "/../secret.txt",
            "/assets/../../secret.txt",
            "/%2e%2e/secret.txt",
            "/.env.txt",
            "/assets/notes.exe",
            "/assets/index-B2x_-1.js.gz",
            "/assets//index-B2x_-1.js",
            "/assets\\index-B2x_-1.js",
            "/assets/",
        ] {
            let (response, text) = ask(Method::GET, path, &[]).await;
            assert_eq!((response.status(), text.as_str()), (StatusCode::NOT_FOUND, ""), "{path}");
        }
    }

    #[tokio::test]
    async fn without_a_dashboard_the_page_says_how_to_make_it() {
        let response = answer(&Sample(&[]), &Method::GET, "/", &HeaderMap::new()).await;
        assert_eq!(response.headers()[CONTENT_SECURITY_POLICY], POLICY);
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let text = String::from_utf8(body.to_vec()).unwrap();
        assert!(text.contains("cargo xtask build") && text.contains("/docs/"), "{text}");
    }
}
