//! Serving: the listeners, logging, metrics, and stopping gracefully.

use std::io::{IsTerminal, Write as _};
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use axum::serve::ListenerExt;
use carcosa_kernel::{Error, Kernel, Result};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tracing_subscriber::EnvFilter;

use crate::capabilities::keys;
use crate::capabilities::log::denials;
use crate::capabilities::operators::setup;
use crate::router::{Limits, router};
use crate::settings::{LogFormat, Settings};
use crate::worker;

/// Upper bounds of the latency histogram, in seconds: from an answer out of memory to one that hardly came.
const BUCKETS: &[f64] =
    &[0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// Sends logs to stderr as the settings say.
pub fn start_logging(settings: &Settings) -> Result<()> {
    let wrong = |cause: String| Error::internal(format!("log.filter: {cause}"));
    let filter = EnvFilter::try_new(&settings.log.filter).map_err(|cause| wrong(cause.to_string()))?;
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match settings.log.format {
        LogFormat::Text => logs.with_ansi(std::io::stderr().is_terminal()).try_init(),
        LogFormat::Json => logs.json().flatten_event(true).try_init(),
    }
    .map_err(|cause| wrong(cause.to_string()))
}

/// Serves until told to stop, then lets requests finish.
pub async fn serve(kernel: &Kernel, settings: &Settings) -> Result<()> {
    let (stop, stopped) = watch::channel(false);
    let mut tasks = worker::start(kernel, &stopped);
    let metrics = start_metrics(settings, &stopped).await?;
    let limits = Limits {
        max_in_flight: settings.max_in_flight,
        timeout: Duration::from_secs(settings.request_timeout_seconds),
        trusted_proxies: settings.trusted_proxies()?,
    };
    let listener = listen(settings.listen).await?;
    let address = listener.local_addr().map_err(Error::internal)?;
    tracing::info!(%address, database = kernel.database().name(), "Carcosa serves http://{address} (reference: /docs)");
    let listener = listener.tap_io(|stream| {
        // Small answers must not wait to be sent together.
        let _ = stream.set_nodelay(true);
    });
    let app = router(kernel, limits).into_make_service_with_connect_info::<SocketAddr>();
    let server =
        tokio::spawn(axum::serve(listener, app).with_graceful_shutdown(wait(stopped.clone())).into_future());
    offer_setup(kernel).await?;
    told_to_stop().await?;
    tracing::info!("stopping");
    let _ = stop.send(true);
    carcosa_web::live::close_all();
    let grace = Duration::from_secs(settings.shutdown_grace_seconds);
    if tokio::time::timeout(grace, server).await.is_err() {
        tracing::warn!("some requests did not finish in time");
    }
    while tasks.join_next().await.is_some() {}
    if let Err(error) = keys::state::settle(kernel).await {
        tracing::error!(?error, "leased credits and last uses of keys are lost");
    }
    if let Err(error) = denials::flush(kernel).await {
        tracing::error!(?error, "the last refusals are not in the log");
    }
    if let Some(metrics) = metrics {
        metrics.abort();
    }
    kernel.database().close().await;
    Ok(())
}

/// Tells where to make the first operator, as long as there is none. What no terminal shows is kept and read by others, as logs
/// are: then the link is in a file.
async fn offer_setup(kernel: &Kernel) -> Result<()> {
    let Some(link) = setup::offer(kernel).await? else {
        setup::discard(kernel);
        return Ok(());
    };
    let (how, place) = if std::io::stderr().is_terminal() {
        ("", link)
    } else {
        match setup::keep(kernel, &link) {
            Ok(file) => (", by the link in this file", file.display().to_string()),
            Err(error) => {
                tracing::error!(
                    ?error,
                    "no file for the link that makes the first operator; use `carcosa bootstrap`"
                );
                return Ok(());
            }
        }
    };
    let text = format!(
        "\nThere is no operator yet. Make the first one in a browser{how}:\n\n  {place}\n\n\
         The link works once, for 24 hours, until the next start.\n\n"
    );
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
    Ok(())
}

async fn listen(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .map_err(|cause| Error::internal(format!("cannot listen on {address}: {cause}")))
}

async fn wait(mut stopped: watch::Receiver<bool>) {
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

async fn told_to_stop() -> Result<()> {
    let mut terminate = signal(SignalKind::terminate()).map_err(Error::internal)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Error::internal)?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

/// Serves /metrics on its own listener, when there is one.
async fn start_metrics(
    settings: &Settings,
    stopped: &watch::Receiver<bool>,
) -> Result<Option<tokio::task::JoinHandle<()>>> {
    if settings.metrics.listen.is_empty() {
        return Ok(None);
    }
    let address: SocketAddr =
        settings.metrics.listen.parse().map_err(|_| {
            Error::internal("metrics.listen must be an address and port, such as 127.0.0.1:7701")
        })?;
    let wrong = |cause: metrics_exporter_prometheus::BuildError| Error::internal(cause.to_string());
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("duration_seconds".to_owned()), BUCKETS)
        .map_err(wrong)?
        .install_recorder()
        .map_err(wrong)?;
    let listener = listen(address).await?;
    tracing::info!(%address, "metrics at http://{address}/metrics");
    let app = Router::new().route("/metrics", get(async move || render(&handle)));
    let stopped = stopped.clone();
    Ok(Some(tokio::spawn(async move {
        let _ = axum::serve(listener, app).with_graceful_shutdown(wait(stopped)).await;
    })))
}

fn render(handle: &PrometheusHandle) -> String {
    handle.run_upkeep();
    handle.render()
}
