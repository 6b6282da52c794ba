//! The peer that benchmarks compare with: an axum server whose one handler does nothing.

use std::error::Error;

use axum::Router;
use axum::routing::any;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1).ok_or("give an address to listen on, such as 127.0.0.1:7799")?;
    let listener = TcpListener::bind(address).await?.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, Router::new().route("/", any(async || "ok"))).await?;
    Ok(())
}
