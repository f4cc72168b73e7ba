//! Static files, embedded in the binary. Their address holds a hash of their bytes, so that a browser may keep them for ever.

use super::Error;
use super::headers::takes_brotli;
use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, web};
use brotli::enc::BrotliEncoderParams;
use data_encoding::HEXLOWER;
use rust_embed::RustEmbed;
use std::collections::HashMap;
use std::sync::{LazyLock, OnceLock};

#[derive(RustEmbed)]
#[folder = "assets/static"]
struct Static;

struct Asset {
    bytes: Bytes,
    content_type: &'static str,
    squeezed: OnceLock<Option<Bytes>>,
}

impl Asset {
    /// The bytes compressed with Brotli, once, when first asked for: the decoder of the offline page is a megabyte. Nothing for small
    /// files, which the server compresses as they are sent, and for pictures.
    fn brotli(&self) -> Option<Bytes> {
        if self.bytes.len() < LARGE || self.content_type.starts_with("image/png") {
            return None;
        }
        let squeeze = || {
            let parameters = BrotliEncoderParams { quality: 5, lgwin: 20, ..BrotliEncoderParams::default() };
            let mut squeezed = Vec::new();
            brotli::BrotliCompress(&mut &*self.bytes, &mut squeezed, &parameters).ok()?;
            Some(Bytes::from(squeezed))
        };
        self.squeezed.get_or_init(squeeze).clone()
    }
}

/// From this size on a file is compressed once and kept so, in bytes.
const LARGE: usize = 16 * 1024;

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
        let bytes = Bytes::from(file.data.into_owned());
        files.insert(hashed, Asset { bytes, content_type: content_type(&name), squeezed: OnceLock::new() });
    }
    (files, addresses)
});

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("wasm") => "application/wasm",
        Some("txt") => "text/plain; charset=utf-8",
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

/// The text of the static file `name`, for a handler that sends it under an address of its own.
#[must_use]
pub fn text(name: &str) -> Option<String> {
    Static::get(name).and_then(|file| String::from_utf8(file.data.into_owned()).ok())
}

/// `GET /static/{name}`
///
/// # Errors
/// 404 when no such file is embedded.
pub async fn serve(request: HttpRequest, name: web::Path<String>) -> Result<HttpResponse, Error> {
    let asset = TABLE.0.get(name.as_str()).ok_or_else(Error::not_found)?;
    let mut response = HttpResponse::Ok();
    response
        .content_type(asset.content_type)
        .insert_header((header::CACHE_CONTROL, "public, max-age=31536000, immutable"));
    let squeezed = if takes_brotli(request.headers()) { asset.brotli() } else { None };
    Ok(match squeezed {
        Some(bytes) => {
            response
                .insert_header((header::CONTENT_ENCODING, "br"))
                .insert_header((header::VARY, "Accept-Encoding"));
            response.body(bytes)
        }
        None => response.body(asset.bytes.clone()),
    })
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
