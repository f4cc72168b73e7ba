//! What of evidence may be seen, and by whom: the parties concerned and the authority; everybody what is published.

use super::Error;
use crate::accounts::Identity;
use crate::app::App;
use crate::evidence::file::Attachment;
use crate::evidence::model::{Certificate, LabTest, Showing};
use crate::evidence::store;
use crate::kernel::{
    CertificateId, Cursor, Day, LabTestId, Page, PageSize, PartyId, PlaceId, Problem, Problems, ProductId,
    Sha256Hash,
};
use crate::log;
use crate::parties::{self, Kind, PartyView};
use crate::places::{self, Place};
use crate::products::{self, Product};
use crate::store::{StoreError, Tx, file};
use std::collections::HashMap;

/// How many days ahead an end is told on the desks.
const SOON: i32 = 60;
/// How many days behind.
const GONE: i32 = 90;

/// A certificate in a list, with whose it is.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The certificate.
    pub certificate: Certificate,
    /// Whose it is, as the public may know it.
    pub holder: PartyView,
    /// The name, for those who may know it.
    pub name: String,
}

/// A certificate with the names of what it speaks of.
#[derive(Debug)]
pub struct View {
    /// The certificate.
    pub listed: Listed,
    /// The places that it covers.
    pub places: Vec<Place>,
    /// The products that it covers.
    pub products: Vec<Product>,
}

/// What stands on a desk: a party's own certificates that end soon or have ended, and what waits for it to verify.
#[derive(Debug)]
pub struct Desk {
    /// What ends soon, or ended not long ago; the first to end first.
    pub ending: Vec<Listed>,
    /// What waits to be verified here.
    pub waiting: Page<Listed>,
}

/// A test with the names of what it speaks of.
#[derive(Debug)]
pub struct TestView {
    /// The test.
    pub test: LabTest,
    /// The plot.
    pub place: Option<Place>,
    /// Whose goods or plot they are.
    pub owner: String,
    /// Who took the sample, until it is erased; for the party that entered it and for the authority.
    pub sampled_by: Option<String>,
}

/// Whether somebody may see all of a certificate.
fn concerns(who: &Identity, known: &Certificate) -> bool {
    who.party.is_none_or(|party| party == known.party || known.certifier == Some(party))
}

/// Whether somebody may see all of a test.
fn concerns_test(who: &Identity, test: &LabTest) -> bool {
    let theirs = |party| party == test.party || party == test.owner || test.laboratory_id == Some(party);
    who.party.is_none_or(theirs)
}

async fn listed(tx: &mut Tx, found: Vec<Certificate>) -> Result<Vec<Listed>, StoreError> {
    let mut names: HashMap<PartyId, (PartyView, String)> = HashMap::new();
    let mut lines = Vec::with_capacity(found.len());
    for certificate in found {
        if !names.contains_key(&certificate.party)
            && let Some(party) = parties::party(tx, certificate.party).await?
        {
            names.insert(party.id, (party.view(), party.name));
        }
        if let Some((holder, name)) = names.get(&certificate.party).cloned() {
            lines.push(Listed { certificate, holder, name });
        }
    }
    Ok(lines)
}

/// The id in a cursor of a list ordered by id.
fn id_of<T: std::str::FromStr<Err = Problem>>(cursor: &Cursor) -> Result<T, Problems> {
    let parsed = cursor.text().and_then(str::parse);
    parsed.map_err(|_| Problem::new("cursor_malformed").value(cursor.to_string()).at("after").into())
}

fn page(lines: Vec<Listed>, size: PageSize) -> Page<Listed> {
    Page::of(lines, size, |last| Cursor::Text(last.certificate.id.to_string()))
}

/// One certificate, for those whom it concerns.
///
/// # Errors
/// [`Error::NotFound`], also for somebody else's.
pub async fn find(app: &App, who: &Identity, id: CertificateId) -> Result<View, Error> {
    app.store
        .read(async |tx| {
            let known = store::certificate(tx, id).await?.filter(|known| concerns(who, known));
            let known = known.ok_or(Error::NotFound)?;
            let (mut of_places, mut of_products) = (Vec::new(), Vec::new());
            for place in &known.places {
                of_places.extend(places::place(tx, *place).await?);
            }
            for product in &known.products {
                of_products.extend(products::product(tx, *product).await?);
            }
            let listed = listed(tx, vec![known]).await?.into_iter().next().ok_or(Error::NotFound)?;
            Ok(View { listed, places: of_places, products: of_products })
        })
        .await
}

/// A file of a certificate: for those whom it concerns, and for everybody when its party publishes the files.
///
/// # Errors
/// [`Error::NotFound`], also for what is private.
pub async fn attachment(
    app: &App,
    who: Option<&Identity>,
    id: CertificateId,
    hash: &Sha256Hash,
) -> Result<Attachment, Error> {
    app.store
        .read(async |tx| {
            let known = store::certificate(tx, id).await?.ok_or(Error::NotFound)?;
            let theirs = who.is_some_and(|who| concerns(who, &known));
            let open = known.showing == Showing::Files && store::shown_file(tx, id, hash).await?;
            if !known.files.contains(hash) || !(theirs || open) {
                return Err(Error::NotFound);
            }
            let file = file(tx, hash).await?.ok_or(Error::NotFound)?;
            Ok(Attachment { media_type: file.media_type, bytes: file.bytes })
        })
        .await
}

/// The certificates of a party, the newest first.
///
/// # Errors
/// When the cursor is of another list.
pub async fn own(
    app: &App,
    party: PartyId,
    after: Option<&Cursor>,
    size: PageSize,
) -> Result<Page<Listed>, Error> {
    let after = after.map(id_of).transpose()?;
    let lines = app
        .store
        .read(async |tx| {
            let found = store::of_party(tx, party, after, size).await?;
            listed(tx, found).await
        })
        .await?;
    Ok(page(lines, size))
}

/// What waits for somebody to verify it: for a person of a certifier what that issued, for the authority everything.
///
/// # Errors
/// When the cursor is of another list.
pub async fn waiting(
    app: &App,
    who: &Identity,
    after: Option<&Cursor>,
    size: PageSize,
) -> Result<Page<Listed>, Error> {
    let after = after.map(id_of).transpose()?;
    let today = app.clock.now().day();
    let lines = app
        .store
        .read(async |tx| {
            let found = store::waiting(tx, who.party, today, after, size).await?;
            listed(tx, found).await
        })
        .await?;
    Ok(page(lines, size))
}

/// What ends soon or has ended not long ago: a party's own, or everybody's for the authority.
///
/// # Errors
/// When the database fails.
pub async fn ending_soon(app: &App, who: &Identity, limit: i64) -> Result<Vec<Listed>, Error> {
    let today = app.clock.now().day();
    let between = (today.plus_days(-GONE), today.plus_days(SOON));
    let lines = app.store.read(async |tx| {
        let found = store::ending(tx, who.party, between, None, limit).await?;
        listed(tx, found).await
    });
    Ok(lines.await?)
}

/// What stands on somebody's desk.
///
/// # Errors
/// When the cursor is of another list.
pub async fn desk(app: &App, who: &Identity, after: Option<&Cursor>) -> Result<Desk, Error> {
    Ok(Desk {
        ending: ending_soon(app, who, 50).await?,
        waiting: waiting(app, who, after, PageSize::default()).await?,
    })
}

/// The published certificates that are valid on a day, of one scheme or of all.
///
/// # Errors
/// When the cursor is of another list.
pub async fn published(
    app: &App,
    scheme: &str,
    day: Day,
    after: Option<&Cursor>,
    size: PageSize,
) -> Result<Page<Listed>, Error> {
    let after = after.map(id_of).transpose()?;
    let lines = app.store.read(async |tx| {
        let found = store::published(tx, scheme, day, after, size.limit()).await?;
        listed(tx, found).await
    });
    Ok(page(lines.await?, size))
}

/// The certifiers to choose from: id and name.
///
/// # Errors
/// When the database fails.
pub async fn certifiers(app: &App) -> Result<Vec<(PartyId, String)>, Error> {
    let found = app.store.glance(async |tx| parties::of_kind(tx, Kind::Certifier).await).await?;
    Ok(found.into_iter().map(|party| (party.id, party.name)).collect())
}

/// The certificates that a party may claim today at packing goods of another party: valid, its own or the other's.
///
/// # Errors
/// When the database fails.
pub async fn choices(
    app: &App,
    (acting, owner): (PartyId, PartyId),
    place: PlaceId,
    product: ProductId,
) -> Result<Vec<Certificate>, Error> {
    let today = app.clock.now().day();
    let found = app
        .store
        .read(async |tx| {
            let mut found = store::covering(tx, owner, Some(place), today).await?;
            if acting != owner {
                let own = store::covering(tx, acting, None, today).await?;
                found.extend(own.into_iter().filter(|one| one.places.is_empty()));
            }
            Ok::<_, StoreError>(found)
        })
        .await?;
    let mut choices: Vec<Certificate> = Vec::new();
    for one in found {
        let fits = one.is_valid_on(today) && one.covers(&[acting, owner], &[place], Some(product));
        if fits && !choices.iter().any(|known| known.id == one.id) {
            choices.push(one);
        }
    }
    Ok(choices)
}

async fn test_view(tx: &mut Tx, who: &Identity, test: LabTest) -> Result<TestView, StoreError> {
    let place = match test.place {
        Some(place) => places::place(tx, place).await?,
        None => None,
    };
    let owner = parties::party(tx, test.owner).await?.map(|party| party.name).unwrap_or_default();
    let may = who.party.is_none_or(|party| party == test.party);
    let sampled_by = if may { log::private(tx, test.id.as_uuid(), "sampled_by").await? } else { None };
    let sampled_by = sampled_by.and_then(|kept| kept.value.as_str().map(str::to_owned));
    Ok(TestView { test, place, owner, sampled_by })
}

/// One test, for those whom it concerns.
///
/// # Errors
/// [`Error::NotFound`], also for somebody else's.
pub async fn find_test(app: &App, who: &Identity, id: LabTestId) -> Result<TestView, Error> {
    app.store
        .read(async |tx| {
            let test = store::test(tx, id).await?.filter(|test| concerns_test(who, test));
            Ok(test_view(tx, who, test.ok_or(Error::NotFound)?).await?)
        })
        .await
}

/// The scanned report of a test, for those whom it concerns.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn test_attachment(app: &App, who: &Identity, id: LabTestId) -> Result<Attachment, Error> {
    app.store
        .read(async |tx| {
            let test = store::test(tx, id).await?.filter(|test| concerns_test(who, test));
            let hash = test.and_then(|test| test.file).ok_or(Error::NotFound)?;
            let file = file(tx, &hash).await?.ok_or(Error::NotFound)?;
            Ok(Attachment { media_type: file.media_type, bytes: file.bytes })
        })
        .await
}

/// The tests that somebody's party entered or that are of its goods, the newest first; all for the authority.
///
/// # Errors
/// When the cursor is of another list.
pub async fn tests(
    app: &App,
    who: &Identity,
    after: Option<&Cursor>,
    size: PageSize,
) -> Result<Page<LabTest>, Error> {
    let after = after.map(id_of).transpose()?;
    let rows = app.store.read(async |tx| store::tests_with(tx, who.party, after, size).await).await?;
    Ok(Page::of(rows, size, |last| Cursor::Text(last.id.to_string())))
}

/// What the form of a certificate or a test offers to choose from: the open places of a party and of those that gave it a mandate, each
/// with whose it is, and the party's products.
///
/// # Errors
/// When the database fails.
pub async fn scope_choices(app: &App, party: PartyId) -> Result<(Vec<(String, Place)>, Vec<Product>), Error> {
    let today = app.clock.now().day();
    let found = app.store.read(async |tx| {
        let mut all = Vec::new();
        for place in places::open_places(tx, party).await? {
            all.push((String::new(), place));
        }
        for (grantor, name) in parties::grantors(tx, party, today).await? {
            for place in places::open_places(tx, grantor).await? {
                all.push((name.clone(), place));
            }
        }
        Ok::<_, StoreError>((all, products::products_to_choose(tx, party).await?))
    });
    Ok(found.await?)
}
