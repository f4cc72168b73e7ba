//! The use cases of products, one unit of work each.

use super::links::LINKS;
use super::model::{NewProduct, Picture, Product, ProductView};
use super::picture::{self, Redrawn};
use super::store;
use crate::accounts::{Identity, Member};
use crate::app::App;
use crate::kernel::{
    Cursor, Moment, Page, PageSize, PartyId, PictureId, Problem, Problems, ProductId, ProductNumber,
    Sha256Hash,
};
use crate::store::{MediaType, StoreError, Tx, file, put_file};
use std::collections::BTreeSet;
use tokio::sync::Semaphore;

/// How many numbers are drawn for a new product: of 10^8 numbers, eight in a row that are taken mean a full registry.
const NUMBERS: usize = 8;
/// The most pictures on one product.
pub(super) const PICTURES: usize = 6;
/// How many pictures are decoded at a time: each may take hundreds of megabytes for a moment.
static DRAWING: Semaphore = Semaphore::const_new(2);

/// Why a product's use case was refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such product or picture, as far as the one who asks may know.
    #[error("no such product or picture")]
    NotFound,
    /// The GTIN belongs to another product.
    #[error("the GTIN is taken: {gtin}")]
    GtinTaken {
        /// The GTIN.
        gtin: String,
        /// Whether that product is one of the same party.
        own: bool,
    },
    /// A lot exists, so labels with this GTIN may be anywhere.
    #[error("the GTIN stands on labels and cannot be changed: {gtin}")]
    GtinFrozen {
        /// The GTIN.
        gtin: String,
    },
    /// A lot exists, counted in this unit.
    #[error("the unit cannot be changed once there is a lot")]
    UnitFrozen,
    /// The product has as many pictures as it may have.
    #[error("the product has {PICTURES} pictures already")]
    TooManyPictures,
    /// The product has as many links as it may have.
    #[error("the product has {LINKS} links already")]
    TooManyLinks,
    /// Every number drawn was taken.
    #[error("no free number was found")]
    NoFreeNumber,
    /// The input breaks rules.
    #[error(transparent)]
    Invalid(#[from] Problems),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Drawing a picture ended without an answer.
    #[error("drawing a picture ended without an answer")]
    Drawing,
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self::Invalid(problem.into())
    }
}

/// What is drawn for a new product before its unit of work, which may be run again.
#[derive(Clone, Debug)]
pub struct Drawn {
    id: ProductId,
    numbers: Vec<ProductNumber>,
}

impl Drawn {
    /// Draws an id and numbers.
    #[must_use]
    pub fn draw(app: &App) -> Self {
        let id = app.id();
        let numbers = (0..NUMBERS).map(|_| ProductNumber::from_seed(app.random.number())).collect();
        Self { id, numbers }
    }
}

/// Adds a product of the member's party, within the unit of work of the door (`chain`), which lets what was told under its GTIN have its
/// effect.
///
/// # Errors
/// [`Error::GtinTaken`].
pub async fn add(
    tx: &mut Tx,
    by: &Member,
    drawn: &Drawn,
    new: &NewProduct,
    now: Moment,
) -> Result<Product, Error> {
    refuse_taken(tx, by.party, None, new).await?;
    for number in &drawn.numbers {
        if store::insert(tx, drawn.id, by.party, number, new, now).await? {
            return store::product(tx, drawn.id).await?.ok_or(Error::NotFound);
        }
    }
    Err(Error::NoFreeNumber)
}

/// Changes what is said of a product of the member's party, within the unit of work of the door (`chain`), which weighs again what is of
/// another crop now.
///
/// A GTIN may be added at any time: the registry's number stays valid beside it. It is changed or taken away only while no lot exists.
///
/// # Errors
/// [`Error::NotFound`], [`Error::GtinTaken`], [`Error::GtinFrozen`], [`Error::UnitFrozen`].
pub async fn change(
    tx: &mut Tx,
    by: &Member,
    id: ProductId,
    new: &NewProduct,
    now: Moment,
) -> Result<ProductView, Error> {
    let product = own(tx, by, id).await?;
    refuse_taken(tx, by.party, Some(id), new).await?;
    let other_gtin = product.gtin.as_ref().filter(|gtin| new.gtin.as_ref() != Some(gtin));
    let other_unit = product.unit != new.unit;
    if (other_gtin.is_some() || other_unit) && store::has_lots(tx, id).await? {
        return Err(match other_gtin {
            Some(gtin) => Error::GtinFrozen { gtin: gtin.to_string() },
            None => Error::UnitFrozen,
        });
    }
    if !store::update(tx, id, product.version, new, now).await? {
        return Err(StoreError::lost_race().into());
    }
    view(tx, id).await?.ok_or(Error::NotFound)
}

/// The error for a GTIN that was free when it was looked up, and taken when it was written.
pub fn taken_meanwhile(error: Error, new: &NewProduct) -> Error {
    match (error, &new.gtin) {
        (Error::Store(error), Some(gtin)) if error.is_unique_violation() => {
            Error::GtinTaken { gtin: gtin.to_string(), own: false }
        }
        (error, _) => error,
    }
}

/// The product with its pictures, when `who` may see it here: people of its party and of the authority.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn show(app: &App, who: &Identity, id: ProductId) -> Result<ProductView, Error> {
    let found = app.store.read(async |tx| view(tx, id).await).await?;
    found.filter(|view| who.party.is_none_or(|party| party == view.product.party)).ok_or(Error::NotFound)
}

/// The product of the member's own party with its pictures.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn of(app: &App, by: &Member, id: ProductId) -> Result<ProductView, Error> {
    let found = app.store.read(async |tx| view(tx, id).await).await?;
    found.filter(|view| view.product.party == by.party).ok_or(Error::NotFound)
}

/// The product with everything that a lookup shows of it.
///
/// # Errors
/// When the database fails.
pub async fn view(tx: &mut Tx, id: ProductId) -> Result<Option<ProductView>, StoreError> {
    let Some(product) = store::product(tx, id).await? else { return Ok(None) };
    let pictures = store::pictures(tx, id).await?;
    Ok(Some(ProductView { product, pictures }))
}

/// The products of `party`, newest first; `search` is part of a name.
///
/// # Errors
/// `cursor_malformed` for a cursor of another list.
pub async fn list(
    app: &App,
    party: PartyId,
    search: &str,
    after: Option<&Cursor>,
    size: PageSize,
) -> Result<Page<ProductView>, Error> {
    let before = after.map(Cursor::time).transpose().map_err(|problem| problem.at("after"))?;
    let before = before.map(|(_, id)| id);
    let rows = app
        .store
        .read(async |tx| {
            let mut views = Vec::new();
            for product in store::products_of(tx, party, search, before, size).await? {
                let pictures = store::pictures(tx, product.id).await?;
                views.push(ProductView { product, pictures });
            }
            Ok::<_, StoreError>(views)
        })
        .await?;
    Ok(Page::of(rows, size, |view| Cursor::Time(view.product.created_at, view.product.id.as_uuid())))
}

/// Draws a picture anew and puts it on a product of the member's party, after those that stand there.
///
/// # Errors
/// [`Error::NotFound`], [`Error::TooManyPictures`], and the problems of [`picture::redraw`].
pub async fn add_picture(app: &App, by: &Member, id: ProductId, bytes: Vec<u8>) -> Result<Picture, Error> {
    // Asked before the work of drawing, and again in the unit of work, where it counts.
    app.store
        .read(async |tx| {
            own(tx, by, id).await?;
            refuse_full(tx, id).await
        })
        .await?;
    let drawn = draw(bytes).await?;
    let picture = Picture {
        id: app.id(),
        small: Sha256Hash::of(&drawn.small),
        large: Sha256Hash::of(&drawn.large),
        width: drawn.width,
        height: drawn.height,
    };
    let now = app.clock.now();
    app.store
        .write(async |tx| {
            if !store::touch(tx, id, by.party, now).await? {
                return Err(Error::NotFound);
            }
            refuse_full(tx, id).await?;
            put_file(tx, MediaType::Jpeg, &drawn.small, now).await?;
            put_file(tx, MediaType::Jpeg, &drawn.large, now).await?;
            store::insert_picture(tx, id, &picture, now).await?;
            Ok(())
        })
        .await?;
    Ok(picture)
}

async fn draw(bytes: Vec<u8>) -> Result<Redrawn, Error> {
    let _turn = DRAWING.acquire().await.map_err(|_| Error::Drawing)?;
    let drawn = tokio::task::spawn_blocking(move || picture::redraw(&bytes)).await;
    Ok(drawn.map_err(|_| Error::Drawing)?.map_err(|problem| problem.at("picture"))?)
}

async fn refuse_full(tx: &mut Tx, id: ProductId) -> Result<(), Error> {
    if store::pictures(tx, id).await?.len() >= PICTURES { Err(Error::TooManyPictures) } else { Ok(()) }
}

/// Puts the pictures of a product into the order of `wanted`, which must name each of them once.
///
/// # Errors
/// [`Error::NotFound`]; `picture_order` when the list is another.
pub async fn arrange(app: &App, by: &Member, id: ProductId, wanted: &[PictureId]) -> Result<(), Error> {
    let now = app.clock.now();
    app.store
        .write(async |tx| {
            if !store::touch(tx, id, by.party, now).await? {
                return Err(Error::NotFound);
            }
            let there: BTreeSet<PictureId> =
                store::pictures(tx, id).await?.iter().map(|picture| picture.id).collect();
            let named: BTreeSet<PictureId> = wanted.iter().copied().collect();
            if there != named || named.len() != wanted.len() {
                return Err(Problem::new("picture_order").at("order").into());
            }
            for (position, picture) in (1..).zip(wanted) {
                store::place_picture(tx, id, *picture, position).await?;
            }
            Ok(())
        })
        .await
}

/// Takes a picture off a product of the member's party. From then on its address answers nobody.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn remove_picture(app: &App, by: &Member, id: ProductId, picture: PictureId) -> Result<(), Error> {
    let now = app.clock.now();
    app.store
        .write(async |tx| {
            if !store::touch(tx, id, by.party, now).await?
                || !store::remove_picture(tx, id, picture, now).await?
            {
                return Err(Error::NotFound);
            }
            Ok(())
        })
        .await
}

/// The bytes of a picture that stands on a product: JPEG, for everybody.
///
/// # Errors
/// [`Error::NotFound`] for any other file.
pub async fn picture_file(app: &App, hash: &Sha256Hash) -> Result<Vec<u8>, Error> {
    let found = app
        .store
        .read(async |tx| if store::is_picture(tx, hash).await? { file(tx, hash).await } else { Ok(None) })
        .await?;
    found.map(|file| file.bytes).ok_or(Error::NotFound)
}

async fn own(tx: &mut Tx, by: &Member, id: ProductId) -> Result<Product, Error> {
    store::product(tx, id).await?.filter(|product| product.party == by.party).ok_or(Error::NotFound)
}

/// Refuses a GTIN that another product has.
async fn refuse_taken(
    tx: &mut Tx,
    party: PartyId,
    id: Option<ProductId>,
    new: &NewProduct,
) -> Result<(), Error> {
    let Some(gtin) = &new.gtin else { return Ok(()) };
    match store::by_gtin(tx, gtin).await? {
        Some(other) if Some(other.id) != id => {
            Err(Error::GtinTaken { gtin: gtin.to_string(), own: other.party == party })
        }
        _ => Ok(()),
    }
}
