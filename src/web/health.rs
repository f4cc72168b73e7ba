//! For those who run the service: is the process alive, and can it do its work.

use super::Error;
use crate::app::App;
use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::Data;
use serde_json::json;

/// `GET /healthz`: the process answers. It asks nothing of the database.
pub async fn alive() -> HttpResponse {
    HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(json!({ "status": "alive" }))
}

/// `GET /readyz`: the database answers and its tables are those of this program; and how this node stands to the log: `leads`,
/// `follows`, `stopped` with the reason, `unknown` before it has looked; and how its witnesses stand.
///
/// # Errors
/// 503 when not.
pub async fn ready(app: Data<App>) -> Result<HttpResponse, Error> {
    app.store.ping().await?;
    app.store.check_version().await.map_err(|error| {
        tracing::warn!(%error, "not ready");
        Error::new(actix_web::http::StatusCode::SERVICE_UNAVAILABLE, "database_version")
    })?;
    // A stopped log takes no node out of service: reading goes on, and so do holds and recalls.
    let why = app.log.stopped().map(|stop| json!({ "code": stop.code(), "detail": stop.to_string() }));
    let witnesses = app.log.witnesses().into_iter().map(|witness| {
        let cosigned_at = witness.cosigned_at.map(|at| at.to_string());
        json!({ "name": witness.name, "size": witness.size, "cosigned_at": cosigned_at,
            "failures": witness.failures, "failure": witness.failure })
    });
    let witnesses: Vec<_> = witnesses.collect();
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(json!({ "status": "ready", "log": app.log.standing().word(), "why": why,
            "witnesses": witnesses })))
}
