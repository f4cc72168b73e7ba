//! What a unit of work has read of parties, places and products, and of what plots may yield: a document of a thousand
//! events speaks of few of them again and again.
//!
//! What must stay true: it lives no longer than its unit of work, in which what it holds does not change; a plot whose
//! seasons or area do is forgotten (`growth::reweigh`).

use super::error::Error;
use crate::events::Thing;
use crate::fieldbook::Yields;
use crate::kernel::identifier::Identifier;
use crate::kernel::{Gln, Gtin, PartyId, PlaceId, PlaceNumber, ProductId, ProductNumber};
use crate::parties::{self, Party};
use crate::places::{self, Place};
use crate::products::{self, Product};
use crate::store::Tx;
use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::Hash;

/// What was read so far.
#[derive(Debug, Default)]
pub(super) struct Memory {
    parties: Kept<PartyId, Party>,
    parties_by_gln: Kept<String, Party>,
    places: Kept<PlaceId, Place>,
    places_by_code: Kept<String, Place>,
    products: Kept<ProductId, Product>,
    products_by_code: Kept<String, Product>,
    pub(super) yields: Yields,
}

/// Values by a key; that there is none is kept too.
#[derive(Debug)]
struct Kept<K, V>(RefCell<HashMap<K, Option<V>>>);

impl<K, V> Default for Kept<K, V> {
    fn default() -> Self {
        Self(RefCell::default())
    }
}

impl<K: Eq + Hash, V: Clone> Kept<K, V> {
    /// What is known of a key: nothing yet, that there is none, or the value.
    #[expect(clippy::option_option, reason = "not read yet and read as absent are different")]
    fn get(&self, key: &K) -> Option<Option<V>> {
        self.0.borrow().get(key).cloned()
    }

    fn keep(&self, key: K, value: Option<V>) -> Option<V> {
        self.0.borrow_mut().insert(key, value.clone());
        value
    }
}

impl Memory {
    pub(super) async fn party(&self, tx: &mut Tx, id: PartyId) -> Result<Option<Party>, Error> {
        if let Some(known) = self.parties.get(&id) {
            return Ok(known);
        }
        let found = parties::party(tx, id).await?;
        Ok(self.parties.keep(id, found))
    }

    pub(super) async fn party_by_gln(&self, tx: &mut Tx, gln: &Gln) -> Result<Option<Party>, Error> {
        let key = gln.to_string();
        if let Some(known) = self.parties_by_gln.get(&key) {
            return Ok(known);
        }
        let found = parties::by_gln(tx, gln).await?;
        Ok(self.parties_by_gln.keep(key, found))
    }

    pub(super) async fn place(&self, tx: &mut Tx, id: PlaceId) -> Result<Option<Place>, Error> {
        if let Some(known) = self.places.get(&id) {
            return Ok(known);
        }
        let found = places::place(tx, id).await?;
        Ok(self.places.keep(id, found))
    }

    pub(super) async fn place_by_gln(&self, tx: &mut Tx, gln: &Gln) -> Result<Option<Place>, Error> {
        let key = gln.to_string();
        if let Some(known) = self.places_by_code.get(&key) {
            return Ok(known);
        }
        let found = places::by_gln(tx, gln).await?;
        Ok(self.places_by_code.keep(key, found))
    }

    pub(super) async fn place_by_number(
        &self,
        tx: &mut Tx,
        number: &PlaceNumber,
    ) -> Result<Option<Place>, Error> {
        let key = number.to_string();
        if let Some(known) = self.places_by_code.get(&key) {
            return Ok(known);
        }
        let found = places::by_number(tx, number).await?;
        Ok(self.places_by_code.keep(key, found))
    }

    pub(super) async fn product(&self, tx: &mut Tx, id: ProductId) -> Result<Option<Product>, Error> {
        if let Some(known) = self.products.get(&id) {
            return Ok(known);
        }
        let found = products::product(tx, id).await?;
        Ok(self.products.keep(id, found))
    }

    pub(super) async fn product_by_gtin(&self, tx: &mut Tx, gtin: &Gtin) -> Result<Option<Product>, Error> {
        let key = gtin.to_string();
        if let Some(known) = self.products_by_code.get(&key) {
            return Ok(known);
        }
        let found = products::by_gtin(tx, gtin).await?;
        Ok(self.products_by_code.keep(key, found))
    }

    pub(super) async fn product_by_number(
        &self,
        tx: &mut Tx,
        number: &ProductNumber,
    ) -> Result<Option<Product>, Error> {
        let key = number.to_string();
        if let Some(known) = self.products_by_code.get(&key) {
            return Ok(known);
        }
        let found = products::by_number(tx, number).await?;
        Ok(self.products_by_code.keep(key, found))
    }

    /// The party's own product that a thing is of.
    pub(super) async fn own_product(
        &self,
        tx: &mut Tx,
        party: PartyId,
        thing: &Thing,
    ) -> Result<Option<(Product, Identifier)>, Error> {
        let Ok(identifier) = Identifier::of_name(&thing.name) else { return Ok(None) };
        let product = match &identifier {
            Identifier::Gtin { gtin, .. } => self.product_by_gtin(tx, gtin).await?,
            Identifier::Product { number, .. } => self.product_by_number(tx, number).await?,
            _ => None,
        };
        let own = product.filter(|product| product.party == party);
        Ok(own.map(|product| (product, identifier)))
    }
}
