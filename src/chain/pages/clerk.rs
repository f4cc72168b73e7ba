//! Somebody who records, at a page: who it is, in which language, and what every form does with what was sent.

use super::{Choosable, Wrong, place_choices, product_choices};
use crate::accounts::{Actor, CanRead, CanRecord};
use crate::app::App;
use crate::chain::api::{by, whose};
use crate::chain::draft::Draft;
use crate::chain::foresee::foreseen;
use crate::chain::model::{By, Command, Recorded};
use crate::chain::service;
use crate::fieldbook::{self, Objection};
use crate::kernel::{PartyId, PlaceId, Problems};
use crate::lots;
use crate::parties::{self, Choice};
use crate::places::Place;
use crate::web::view::see_other;
use crate::web::{self, Frame, Html};
use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use askama::Template;
use futures_util::future::LocalBoxFuture;

/// The button of who records a harvest although it will be held.
const ANYWAY: &str = "anyway";

/// Somebody who may record, and the frame of the page that they look at.
#[derive(Debug)]
pub struct Clerk {
    pub(super) app: Data<App>,
    pub(super) frame: Frame,
    pub(super) who: Actor<CanRead>,
    pub(super) actor: Actor<CanRecord>,
}

impl FromRequest for Clerk {
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, actix_web::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        type Parts = (Data<App>, Frame, Actor<CanRead>, Actor<CanRecord>);
        let parts = Parts::from_request(request, payload);
        Box::pin(async move {
            let (app, frame, who, actor) = parts.await?;
            Ok(Self { app, frame, who, actor })
        })
    }
}

/// What a form offers to choose from.
pub(super) struct Offer {
    pub(super) party: PartyId,
    pub(super) firms: Vec<Choice>,
    pub(super) places: Vec<Choosable>,
    pub(super) products: Vec<Choosable>,
    /// Those of the places that crops grow on.
    pub(super) growing: Vec<PlaceId>,
    /// Whether each of the products is of a crop, so that it is harvested where crops grow.
    pub(super) all_of_crops: bool,
}

impl Offer {
    /// The name of the party on whose behalf it is recorded, when not one's own.
    pub(super) fn behalf_of(&self) -> Option<String> {
        self.firms.iter().skip(1).find(|(id, _)| *id == self.party).map(|(_, name)| name.clone())
    }
}

impl Clerk {
    /// What a form of the party that is recorded for offers.
    ///
    /// # Errors
    /// 404 for a party that one does not record for.
    pub(super) async fn offer(&self, draft: &Draft) -> Result<Offer, web::Error> {
        let party = whose(&self.actor, draft)?;
        let firms = parties::may_record_for(&self.app, self.actor.party).await?;
        let (places, products) = lots::choices(&self.app, &self.who, party).await?;
        Ok(Offer {
            party,
            firms,
            all_of_crops: !products.is_empty() && products.iter().all(|product| product.crop.is_some()),
            growing: places.iter().filter(|place| place.kind.grows()).map(|place| place.id).collect(),
            places: place_choices(&self.frame, &places),
            products: product_choices(&self.frame, &products),
        })
    }

    /// The lots to choose from, each with what is left of it.
    ///
    /// # Errors
    /// 404 for a party that one does not record for.
    pub(super) async fn lots(&self, party: PartyId) -> Result<Vec<lots::Line>, web::Error> {
        Ok(lots::in_hand(&self.app, &self.who, party).await?)
    }

    /// Records what the draft says, for the party that it names.
    pub(super) async fn record(
        &self,
        draft: &Draft,
        command: Result<Command, Problems>,
    ) -> Result<Recorded, web::Error> {
        self.record_by(by(&self.actor, draft)?, draft, command).await
    }

    /// Records what the draft says, as `by`.
    pub(super) async fn record_by(
        &self,
        by: By,
        draft: &Draft,
        command: Result<Command, Problems>,
    ) -> Result<Recorded, web::Error> {
        Ok(service::record_once(&self.app, &by, draft.once()?, command?).await?)
    }

    /// What a harvest would be held for, each plot in a sentence, before it is recorded; nothing once the person has said that it happened
    /// all the same.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn warned(
        &self,
        draft: &Draft,
        command: &Result<Command, Problems>,
    ) -> Result<Vec<String>, web::Error> {
        let Ok(command) = command else { return Ok(Vec::new()) };
        if draft.button == ANYWAY {
            return Ok(Vec::new());
        }
        let found = foreseen(&self.app, &by(&self.actor, draft)?, command).await?;
        let sentence = |(place, objection): &(Place, Objection)| {
            format!("{}: {}", place.name, fieldbook::shut_words(&self.frame, objection))
        };
        Ok(found.iter().map(sentence).collect())
    }

    /// Goes to where `to` says when it was recorded; else shows the form again with what is wrong.
    ///
    /// # Errors
    /// What is not the sender's to mend.
    pub(super) async fn answer<P: Template>(
        &self,
        outcome: Result<Recorded, web::Error>,
        to: impl FnOnce(&Recorded) -> String,
        again: impl AsyncFnOnce(Wrong) -> Result<P, web::Error>,
    ) -> Result<HttpResponse, web::Error> {
        match outcome {
            Ok(done) => Ok(see_other(&to(&done))),
            Err(error) => {
                let wrong = Wrong::of(&self.frame, error)?;
                let status = wrong.status;
                Ok(Html(again(wrong).await?).into_response(status))
            }
        }
    }
}
