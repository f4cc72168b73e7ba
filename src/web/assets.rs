//! Static files, embedded in the binary. Their address holds a hash of their bytes, so that a browser may keep them for ever.

use super::Error;
use actix_web::http::header;
use actix_web::{HttpResponse, web};
use data_encoding::HEXLOWER;
use rust_embed::RustEmbed;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

#[derive(RustEmbed)]
#[folder = "assets/static"]
struct Static;

struct Asset {
    bytes: Cow<'static, [u8]>,
    content_type: &'static str,
}

/// Address → file, and name → address.
static TABLE: LazyLock<(HashMap<String, Asset>, HashMap<String, String>)> = LazyLock::new(|| {
    let mut files = HashMap::new();
    let mut addresses = HashMap::new();
    for name in Static::iter() {
        let Some(file) = Static::get(&name) else { continue };
        let hash: String = HEXLOWER.encode(&file.metadata.sha256_hash()).chars().take(12).collect();
        let hashed = match name.rsplit_once('.') {
            Some((stem, extension)) => format!("{stem}.{hash}.{extension}"),
            None => format!("{name}.{hash}"),
        };
        addresses.insert(name.to_string(), format!("/static/{hashed}"));
        files.insert(hashed, Asset { bytes: file.data, content_type: content_type(&name) });
    }
    (files, addresses)
});

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        Some("ico") => "image/x-icon",
        _ => "application/octet-stream",
    }
}

/// The address of the static file `name`; the bare name when there is none, which then answers 404.
#[must_use]
pub fn url(name: &str) -> String {
    TABLE.1.get(name).cloned().unwrap_or_else(|| format!("/static/{name}"))
}

/// `GET /static/{name}`
///
/// # Errors
/// 404 when no such file is embedded.
pub async fn serve(name: web::Path<String>) -> Result<HttpResponse, Error> {
    let asset = TABLE.0.get(name.as_str()).ok_or_else(Error::not_found)?;
    Ok(HttpResponse::Ok()
        .content_type(asset.content_type)
        .insert_header((header::CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .body(asset.bytes.clone().into_owned()))
}

/// `GET /favicon.ico`
///
/// # Errors
/// 404 when no icon is embedded.
pub async fn favicon() -> Result<HttpResponse, Error> {
    let icon = Static::get("icon.svg").ok_or_else(Error::not_found)?;
    Ok(HttpResponse::Ok()
        .content_type("image/svg+xml")
        .insert_header((header::CACHE_CONTROL, "public, max-age=86400"))
        .body(icon.data.into_owned()))
}
