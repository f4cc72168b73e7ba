//! The public page of a product: what it is, whose, its latest lots, and where its party leads on.

use super::super::ask;
use super::super::service::{self, Error, GoodsPage};
use super::super::store::LotLine;
use super::{frame, open, refused, unknown};
use crate::app::App;
use crate::codes::SignatureState;
use crate::products::{Picture, Product};
use crate::trace::PublicParty;
use crate::web::{self, Frame, Html};
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

/// The page of a product.
#[derive(Template)]
#[template(path = "lookup/product.html")]
pub struct ProductPage {
    frame: Frame,
    goods: GoodsPage,
}

impl ProductPage {
    fn product(&self) -> &Product {
        &self.goods.view.product
    }

    fn name(&self) -> &str {
        self.product().name_in(self.frame.lang)
    }

    fn picture(&self) -> Option<&Picture> {
        self.goods.view.cover()
    }

    fn producer(&self) -> String {
        named(&self.frame, &self.goods.producer)
    }

    fn producer_place(&self) -> String {
        whereabouts(&self.goods.producer)
    }

    /// What is said to shoppers: the key of the word, and the text.
    fn said(&self) -> Vec<(&'static str, Option<&str>)> {
        let product = self.product();
        vec![
            ("lookup-standards", product.standards.as_deref()),
            ("lookup-storage", product.storage.as_deref()),
            ("lookup-packaging", product.packaging.as_deref()),
            ("lookup-disposal", product.disposal.as_deref()),
        ]
    }

    /// What stands against a lot, as the key of the sentence.
    fn state(lot: &LotLine) -> Option<&'static str> {
        match (lot.recalled, lot.held) {
            (true, _) => Some("lookup-verdict-recalled"),
            (_, true) => Some("lookup-verdict-on-hold"),
            _ => None,
        }
    }
}

/// The name of a party, or that it may not be named.
pub(super) fn named(frame: &Frame, party: &PublicParty) -> String {
    party.name().map_or_else(|| frame.t.say("lookup-unnamed").into_owned(), str::to_owned)
}

/// Its commune, or its province where no more may be told.
pub(super) fn whereabouts(party: &PublicParty) -> String {
    match &party.published {
        Some(published) => published.commune.commune().to_string(),
        None => party.province.province().to_string(),
    }
}

/// `GET /product/{code}`: by GTIN or registry number.
///
/// # Errors
/// When the database fails; a bad or unknown code is answered in words.
pub async fn product(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, web::Error> {
    let key = match ask::product_path(request.uri().path()) {
        Ok(key) => key,
        Err(refusal) => return Ok(refused(&app, &request, &refusal)),
    };
    match service::product_page(&app, &key).await {
        Ok(goods) => {
            let frame = frame(&app, &request, request.uri().path());
            Ok(open(Html(ProductPage { frame, goods }).into_response(StatusCode::OK)))
        }
        Err(Error::Unknown) => Ok(unknown(&app, &request, SignatureState::Absent)),
        Err(error) => Err(error.into()),
    }
}
