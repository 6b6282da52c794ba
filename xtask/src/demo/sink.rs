//! A small server that answers 200 to whatever comes: where the demo's webhooks go.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use crate::shell::Result;

const PATIENCE: Duration = Duration::from_secs(5);
const ANSWER: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 7\r\nConnection: close\r\n\r\nthanks\n";

/// Listens at a free port for as long as this process lives; which one.
pub(super) fn start() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let port = listener.local_addr()?.port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || answer(stream));
        }
    });
    Ok(port)
}

/// Who goes away in the middle will come again.
fn answer(mut stream: TcpStream) -> Option<()> {
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    let (mut request, mut part) = (Vec::new(), [0; 4096]);
    while !is_whole(&request) {
        match stream.read(&mut part).ok()? {
            0 => return None,
            read => request.extend_from_slice(&part[..read]),
        }
    }
    stream.write_all(ANSWER).ok()
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_ascii_lowercase();
    let Some((head, _)) = text.split_once("\r\n\r\n") else { return false };
    let length =
        head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok());
    let start = request.windows(4).position(|end| end == b"\r\n\r\n").map_or(0, |at| at + 4);
    request.len() - start >= length.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_whole_when_its_body_is() {
        let head = "POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\n";
        for (body, whole) in [("", false), ("åb", false), ("åbc", true)] {
            assert_eq!(is_whole(format!("{head}{body}").as_bytes()), whole, "{body}");
        }
        assert!(!is_whole(b"POST / HTTP/1.1\r\n") && is_whole(b"GET / HTTP/1.1\r\n\r\n"));
    }
}
