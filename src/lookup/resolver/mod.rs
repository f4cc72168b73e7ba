//! The GS1-conformant resolver (1.2): what is known under an identifier, and which links lead to it.
//!
//! What must stay true: there is exactly one default link, and it is the registry's page of the finest thing that is known; what a
//! party links to stands beside the registry's links and never in their place; the walk up (serial → lot → product) happens
//! inside one request.

mod linkset;
mod negotiate;

pub use linkset::{CONTEXT, MEDIA_TYPE, VOCABULARY, choices, whole};
pub use negotiate::{Choice, Terms, Wish, choose, takes};

use super::service::Error;
use super::store::{self, Goods};
use crate::app::App;
use crate::codes::ProductKey;
use crate::kernel::{Gln, Identifier, Lang, LotCode};
use crate::products::{self, ProductLink};
use crate::store::{StoreError, Tx};
use crate::words::Words;

/// The keys of GS1 under which something can be known here, as the description of the resolver names them.
pub const PRIMARY_KEYS: [&str; 4] = ["00", "01", "414", "417"];

/// Where a link leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A path of this registry.
    Own(String),
    /// A whole address of somebody else.
    Foreign(String),
}

impl Target {
    /// The address, whole; `base` is the public address of this registry.
    #[must_use]
    pub fn address(&self, base: &str) -> String {
        match self {
            Self::Own(path) => format!("{base}{path}"),
            Self::Foreign(address) => address.clone(),
        }
    }

    /// Where to send somebody: an own path stays one, so that it works under every name of this host. The query of the request goes
    /// along, before a fragment.
    #[must_use]
    pub fn location(&self, query: Option<&str>, missed: Option<Missed>) -> String {
        let (Self::Own(target) | Self::Foreign(target)) = self;
        let (place, fragment) = target
            .split_once('#')
            .map_or((target.as_str(), None), |(place, fragment)| (place, Some(fragment)));
        let mut location = place.to_owned();
        if let Some(query) = query.filter(|query| !query.is_empty()) {
            location.push(if place.contains('?') { '&' } else { '?' });
            location.push_str(query);
        }
        if let Some(fragment) = fragment.or(missed.map(Missed::fragment)) {
            location.extend(["#", fragment]);
        }
        location
    }
}

/// A link that is offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The link type, without its namespace.
    pub kind: String,
    /// Where it leads.
    pub target: Target,
    /// What it is called.
    pub title: String,
    /// The languages of what it leads to, each `xx` or `xx-XX`; empty where it has none.
    pub languages: Vec<String>,
    /// The media type.
    pub media_type: String,
}

impl From<ProductLink> for Offer {
    fn from(link: ProductLink) -> Self {
        Self {
            kind: link.kind.code.clone(),
            target: Target::Foreign(link.href),
            title: link.title,
            languages: link.lang.into_iter().collect(),
            media_type: link.media_type,
        }
    }
}

/// What was asked for more finely than is known: the page one level up says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missed {
    /// The serial: nothing is recorded for single packs.
    Unit,
    /// The lot: the registry has none of this code.
    Lot,
}

impl Missed {
    /// The part of the page that says so: it is shown when the address names it.
    #[must_use]
    pub const fn fragment(self) -> &'static str {
        match self {
            Self::Unit => "unit",
            Self::Lot => "no-lot",
        }
    }
}

/// What is known under an identifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Where it lies under the public address, without a leading slash.
    pub path: String,
    /// The page that everybody is sent to who asks for nothing else.
    pub landing: Target,
    /// What that page is called.
    pub title: String,
    /// What was asked for and is not known.
    pub missed: Option<Missed>,
    /// All other links, the finest level first.
    pub offers: Vec<Offer>,
}

/// A page of the registry itself: both languages.
fn own(kind: &str, path: &str, title: &str) -> Offer {
    Offer {
        kind: kind.to_owned(),
        target: Target::Own(path.to_owned()),
        title: title.to_owned(),
        languages: Lang::ALL.iter().map(|lang| lang.code().to_owned()).collect(),
        media_type: "text/html".to_owned(),
    }
}

/// What is known under `identifier`, with titles in `lang`. Whoever is only to be sent to the landing page needs no `further` links, and
/// saves a question to the database.
///
/// # Errors
/// [`Error::Unknown`] when nothing is; otherwise when the database fails.
pub async fn find(app: &App, identifier: &Identifier, lang: Lang, further: bool) -> Result<Known, Error> {
    let words = Words::of(lang);
    let found = app
        .store
        .glance(async |tx| match identifier {
            Identifier::Gtin { .. } | Identifier::Product { .. } => {
                goods(tx, identifier, lang, further).await
            }
            Identifier::Place { gln, .. } => place(tx, gln, words).await,
            Identifier::Party(gln) => party(tx, gln, words).await,
            Identifier::Sscc(_) => container(tx, identifier, words).await,
            Identifier::Other(key) => match (key.ai(), identifier.product(), Gln::parse(key.value())) {
                ("01", Some(product), _) => goods(tx, &product, lang, further).await,
                ("414", _, Ok(gln)) => place(tx, &gln, words).await,
                ("417", _, Ok(gln)) => party(tx, &gln, words).await,
                _ => Ok(None),
            },
        })
        .await?;
    let known = found.ok_or(Error::Unknown)?;
    Ok(Known { path: identifier.path(), ..known })
}

/// A product, and the lot of it when one is named and there.
async fn goods(
    tx: &mut Tx,
    identifier: &Identifier,
    lang: Lang,
    further: bool,
) -> Result<Option<Known>, StoreError> {
    let words = Words::of(lang);
    let product = match identifier {
        Identifier::Gtin { gtin, .. } => ProductKey::Gtin(gtin.clone()),
        Identifier::Product { number, .. } => ProductKey::Number(number.clone()),
        _ => return Ok(None),
    };
    let lot = identifier.lot_code();
    let Some(found) = store::goods(tx, &product, lot.as_ref()).await? else { return Ok(None) };
    let mut offers = Vec::new();
    let name = found.name_in(lang);
    let page = format!("/product/{}", found.code);
    let landing = lot.as_ref().zip(found.short_code.as_ref());
    if let Some((lot, short)) = landing {
        let title = words.two("lookup-resolver-trace", ("name", name), ("lot", lot));
        offers.push(own("traceability", &format!("/lot/{short}"), &title));
    }
    offers.push(own("pip", &page, &words.one("lookup-resolver-product", "name", name)));
    if further {
        offers.extend(products::links_on(tx, found.id).await?.into_iter().map(Offer::from));
    }
    let title = match landing {
        Some((lot, _)) => words.two("lookup-resolver-lot", ("name", name), ("lot", lot)),
        None => name.to_owned(),
    };
    Ok(Some(Known {
        path: String::new(),
        landing: Target::Own(landing.map_or(page, |(_, short)| format!("/lot/{short}"))),
        title,
        missed: missed(identifier, &found, lot.as_ref()),
        offers,
    }))
}

fn missed(identifier: &Identifier, found: &Goods, lot: Option<&LotCode>) -> Option<Missed> {
    let told = identifier.elements().iter().any(|(ai, _)| matches!(*ai, "10" | "L"));
    match (told, lot.and(found.short_code.as_ref())) {
        (true, None) => Some(Missed::Lot),
        _ => identifier.serial().map(|_| Missed::Unit),
    }
}

async fn place(tx: &mut Tx, gln: &Gln, words: Words) -> Result<Option<Known>, StoreError> {
    let Some(found) = crate::places::by_gln(tx, gln).await? else { return Ok(None) };
    let title = words.one("lookup-resolver-place", "code", gln);
    Ok(Some(one_page("locationInfo", format!("/place/{}", found.code()), title)))
}

async fn party(tx: &mut Tx, gln: &Gln, words: Words) -> Result<Option<Known>, StoreError> {
    let named = store::party_by_gln(tx, gln).await?.filter(|party| party.published.is_some());
    Ok(named.map(|party| {
        let title = words.one("lookup-resolver-party", "name", party.name().unwrap_or_default());
        one_page("registryEntry", format!("/party/{gln}"), title)
    }))
}

/// A case or pallet of which an event speaks.
async fn container(tx: &mut Tx, identifier: &Identifier, words: Words) -> Result<Option<Known>, StoreError> {
    let name = identifier.name();
    let Some(case) = crate::events::by_name(tx, &name).await? else { return Ok(None) };
    let digits = case.name.strip_prefix("00/").unwrap_or(&case.name);
    let title = words.one("lookup-resolver-case", "code", digits);
    Ok(Some(one_page("traceability", format!("/case/{digits}"), title)))
}

/// A thing with one page of its own, which is its default and its only link.
fn one_page(kind: &str, path: String, title: String) -> Known {
    let offers = vec![own(kind, &path, &title)];
    Known { path: String::new(), landing: Target::Own(path), title, missed: None, offers }
}
