//! Just enough HTTP to ask a server on this machine a question, so that xtask needs no HTTP library.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use crate::shell::Result;

/// Long enough for the slowest machine, short enough to end a hanging check.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a server answered.
pub(crate) struct Response {
    /// Its status code.
    pub(crate) status: u16,
    /// Its body, as text.
    pub(crate) body: String,
    /// Its headers, as they came.
    pub(crate) head: String,
}

impl Response {
    /// A cookie that it sets.
    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        let cookies = lines.filter(|(header, _)| header.eq_ignore_ascii_case("set-cookie"));
        let mut pairs = cookies.filter_map(|(_, cookie)| cookie.split(';').next()?.split_once('='));
        pairs.find(|(found, _)| *found == name).map(|(_, value)| value)
    }
}

/// One question.
#[derive(Clone, Copy)]
pub(crate) struct Request<'a> {
    /// `GET`, `POST`…
    pub(crate) method: &'a str,
    /// Path and query.
    pub(crate) path: &'a str,
    /// The value of `Authorization`.
    pub(crate) authorization: Option<&'a str>,
    /// Other headers.
    pub(crate) headers: &'a [(&'a str, &'a str)],
    /// A JSON body.
    pub(crate) body: Option<&'a str>,
}

impl Request<'_> {
    /// Asks the server at `port`. HTTP/1.0, so that the answer simply ends with the connection.
    pub(crate) fn send(self, port: u16) -> Result<Response> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        stream.write_all(self.text(port).as_bytes())?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        parse(&String::from_utf8_lossy(&answer))
    }

    fn text(self, port: u16) -> String {
        let mut text = format!("{} {} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\n", self.method, self.path);
        if let Some(value) = self.authorization {
            text += &format!("Authorization: {value}\r\n");
        }
        for (name, value) in self.headers {
            text += &format!("{name}: {value}\r\n");
        }
        if let Some(body) = self.body {
            text += &format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len());
        }
        text + "\r\n" + self.body.unwrap_or_default()
    }
}

/// A port that is free now. Somebody else may take it before we use it; on one machine that hardly happens.
pub(crate) fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// `first`, or the next port after it that is free.
pub(crate) fn free_port_from(first: u16) -> Result<u16> {
    (first..=first.saturating_add(99))
        .find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
        .ok_or_else(|| format!("port {first} and the next 99 are all in use").into())
}

fn parse(answer: &str) -> Result<Response> {
    let malformed = || format!("not an HTTP answer: {answer:.100}");
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(malformed)?;
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).ok_or_else(malformed)?;
    Ok(Response { status, body: body.to_owned(), head: head.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_with_a_body_says_its_length_in_bytes() {
        let headers = &[("Cookie", "a=1")];
        let authorization = Some("Bearer k");
        let request = Request { method: "POST", path: "/x", authorization, headers, body: Some("{å}") };
        assert_eq!(
            request.text(80),
            "POST /x HTTP/1.0\r\nHost: 127.0.0.1:80\r\nAuthorization: Bearer k\r\nCookie: a=1\r\n\
             Content-Type: application/json\r\nContent-Length: 4\r\n\r\n{å}"
        );
    }

    #[test]
    fn answers() {
        let response =
            parse("HTTP/1.0 201 Created\r\nset-cookie: a=1; Path=/\r\nset-cookie: b=2\r\n\r\n{}\r\n\r\n")
                .unwrap();
        assert_eq!(
            (response.cookie("a"), response.cookie("b"), response.cookie("c")),
            (Some("1"), Some("2"), None)
        );
        assert_eq!((response.status, response.body.as_str()), (201, "{}\r\n\r\n"));
        assert!(parse("").is_err());
        assert!(parse("SSH-2.0-OpenSSH\r\n\r\n").is_err());
    }

    #[test]
    fn a_taken_port_is_passed_over() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        assert!(free_port_from(port).unwrap() > port);
    }
}
