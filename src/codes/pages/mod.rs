//! The label of a lot, to be printed from the browser or taken as a file; and the page that checks codes without a network.

mod check;

pub use check::{CHECK, CheckPage, EARLIER_LISTS, KEY_LIST, WORKER, manifest, show as check, worker};

use super::api::local_url;
use super::draw::Symbol;
use super::label::{DOTS, Issued, Label, tenths_of_mm};
use super::service;
use crate::accounts::{Actor, CanRead, CanRecord};
use crate::app::App;
use crate::chain::By;
use crate::kernel::{Lang, LotId};
use crate::web::view::see_other;
use crate::web::{self, Form, Frame, Html};
use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::{Data, Path, Query};
use askama::Template;
use serde::Deserialize;

/// The code as the page draws it.
struct Drawn {
    issued: Issued,
    url: String,
    local: Option<String>,
    key: String,
    symbol: Symbol,
    millimetres: String,
}

/// The label of a lot.
#[derive(Template)]
#[template(path = "codes/label.html")]
pub struct LabelPage {
    frame: Frame,
    label: Label,
    product: String,
    drawn: Option<Drawn>,
    dots: u8,
    sizes: Vec<(u8, String)>,
}

/// How large the code is wanted.
#[derive(Deserialize)]
pub struct Size {
    /// Dots of 203 to the inch a module.
    dots: Option<u8>,
}

impl Size {
    fn dots(&self) -> u8 {
        self.dots.filter(|dots| DOTS.contains(dots)).unwrap_or(DOTS[0])
    }
}

fn millimetres(symbol: &Symbol, dots: u8) -> String {
    let tenths = tenths_of_mm(symbol, dots);
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// `GET /lots/{lot}/code`: the label, or the button that issues the code.
///
/// # Errors
/// 404 when the lot is not one that the actor may see.
pub async fn show(
    app: Data<App>,
    frame: Frame,
    actor: Actor<CanRead>,
    lot: Path<LotId>,
    size: Query<Size>,
) -> Result<Html<LabelPage>, web::Error> {
    let label = service::label(&app, &actor, *lot).await?;
    let dots = size.dots();
    let mut sizes = Vec::new();
    let drawn = match label.issued.clone() {
        None => None,
        Some(issued) => {
            let symbol = issued.symbol()?;
            sizes.extend(DOTS.map(|dots| (dots, millimetres(&symbol, dots))));
            let ring = app.keys.current();
            let listed = ring.opened().and_then(|o| o.list.lookup(issued.key, issued.host.as_str()));
            let key = listed.map_or_else(|| issued.key.to_string(), |key| key.key().name().to_string());
            let (url, local) = (issued.url(), local_url(&app, &issued));
            Some(Drawn { url, local, key, millimetres: millimetres(&symbol, dots), symbol, issued })
        }
    };
    let product = match (frame.lang, &label.product.name_en) {
        (Lang::En, Some(name)) => name.clone(),
        _ => label.product.name.clone(),
    };
    Ok(Html(LabelPage { frame, label, product, drawn, dots, sizes }))
}

/// A form without fields of its own.
#[derive(Deserialize)]
pub struct Nothing {}

/// `POST /lots/{lot}/code`: issues the code and shows its label.
///
/// # Errors
/// As for programs.
pub async fn issue(
    app: Data<App>,
    actor: Actor<CanRecord>,
    lot: Path<LotId>,
    _form: Form<Nothing>,
) -> Result<HttpResponse, web::Error> {
    service::issue(&app, &By::own(*actor), *lot).await?;
    Ok(see_other(&format!("/lots/{lot}/code")))
}

fn attachment(label: &Label, kind: &'static str, extension: &str, bytes: Vec<u8>) -> HttpResponse {
    // Lot codes are digits, capitals and hyphens: safe in a file name.
    let name = format!("attachment; filename=\"{}.{extension}\"", label.lot.code);
    HttpResponse::Ok()
        .content_type(kind)
        .insert_header((header::CONTENT_DISPOSITION, name))
        .insert_header((header::CACHE_CONTROL, "private, no-cache"))
        .body(bytes)
}

/// `GET /lots/{lot}/code.svg`: the symbol alone, sized in millimetres.
///
/// # Errors
/// 404 when the lot is not one that the actor may see, or has no code yet.
pub async fn svg(
    app: Data<App>,
    actor: Actor<CanRead>,
    lot: Path<LotId>,
) -> Result<HttpResponse, web::Error> {
    let (label, issued) = service::reprint(&app, &actor, *lot).await?;
    let svg = issued.symbol()?.svg(&format!("{} {}", label.product.name, label.lot.code));
    Ok(attachment(&label, "image/svg+xml", "svg", svg.into_bytes()))
}

/// `GET /lots/{lot}/code.png?dots=3`: the symbol alone, with so many pixels a module.
///
/// # Errors
/// As for [`svg`].
pub async fn png(
    app: Data<App>,
    actor: Actor<CanRead>,
    lot: Path<LotId>,
    size: Query<Size>,
) -> Result<HttpResponse, web::Error> {
    let (label, issued) = service::reprint(&app, &actor, *lot).await?;
    let pixels = size.dots.unwrap_or(DOTS[0]).clamp(1, 40);
    let png = issued.symbol()?.png(pixels).map_err(super::error::Error::from)?;
    Ok(attachment(&label, "image/png", "png", png))
}
