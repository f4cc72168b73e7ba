//! What a product is, and what a person must say of one.

use super::group::Group;
use crate::kernel::text::absent_as_empty;
use crate::kernel::{
    CropCode, Gtin, Lang, Line, Moment, Note, PartyId, PictureId, Problem, Problems, ProductId,
    ProductNumber, Sha256Hash, Unit,
};
use serde::Deserialize;
use serde_json::{Value, json};

/// The longest shelf life, in days: a hundred years.
const LONGEST_LIFE: u32 = 36_500;

/// A product: a trade item of one party.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// The id.
    pub id: ProductId,
    /// The party whose product it is.
    pub party: PartyId,
    /// The registry's number; it never changes, and stays valid beside a GTIN.
    pub number: ProductNumber,
    /// The Global Trade Item Number, where it has one.
    pub gtin: Option<Gtin>,
    /// The group that reports count it in.
    pub group: &'static Group,
    /// The crop that it is of, on the authority's list; yields are measured by it.
    pub crop: Option<CropCode>,
    /// The name, in Vietnamese.
    pub name: String,
    /// The name in English.
    pub name_en: Option<String>,
    /// The brand.
    pub brand: Option<String>,
    /// What its lots are counted in.
    pub unit: Unit,
    /// How many days it keeps after harvest or packing.
    pub shelf_life_days: Option<u32>,
    /// How to store it.
    pub storage: Option<String>,
    /// The standards it claims.
    pub standards: Option<String>,
    /// What to beware of.
    pub safety_warning: Option<String>,
    /// What the package is made of.
    pub packaging: Option<String>,
    /// How to dispose of the package.
    pub disposal: Option<String>,
    /// Since when it is known.
    pub created_at: Moment,
    /// When it was last changed.
    pub changed_at: Moment,
    /// Raised by every change of the product or its pictures.
    pub version: i64,
}

impl Product {
    /// The code of the product for tracing (Circular 02/2024/TT-BKHCN): its GTIN, else the registry's number.
    #[must_use]
    pub fn trace_code(&self) -> &str {
        self.gtin.as_ref().map_or(self.number.as_str(), Gtin::as_str)
    }

    /// The name in a language; the Vietnamese one where there is no English one.
    #[must_use]
    pub fn name_in(&self, lang: Lang) -> &str {
        match (lang, &self.name_en) {
            (Lang::En, Some(name)) => name,
            _ => &self.name,
        }
    }
}

/// A picture of a product, in two sizes; both are JPEG without metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// The id.
    pub id: PictureId,
    /// The small one: at most 320 pixels wide.
    pub small: Sha256Hash,
    /// The large one: at most 1280 pixels wide.
    pub large: Sha256Hash,
    /// Pixels across the large one.
    pub width: u32,
    /// Pixels down the large one.
    pub height: u32,
}

impl Picture {
    /// The path of the small one.
    #[must_use]
    pub fn small_url(&self) -> String {
        format!("/pictures/{}.jpg", self.small)
    }

    /// The path of the large one.
    #[must_use]
    pub fn large_url(&self) -> String {
        format!("/pictures/{}.jpg", self.large)
    }

    /// Pixels across and down the small one.
    #[must_use]
    pub fn small_size(&self) -> (u32, u32) {
        super::picture::fit(self.width, self.height, super::picture::SMALL)
    }
}

/// A product with everything that a lookup shows of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductView {
    /// The product.
    pub product: Product,
    /// Its pictures in order; the first stands for it.
    pub pictures: Vec<Picture>,
}

impl ProductView {
    /// The picture that stands for the product.
    #[must_use]
    pub fn cover(&self) -> Option<&Picture> {
        self.pictures.first()
    }

    /// The product as programs are shown it.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let product = &self.product;
        json!({
            "id": product.id,
            "party": product.party,
            "code": product.trace_code(),
            "number": product.number,
            "gtin": product.gtin,
            "group": {
                "code": product.group.code,
                "name": product.group.name(Lang::Vi),
                "name_en": product.group.name(Lang::En),
                "state": product.group.state.as_str(),
            },
            "name": product.name,
            "name_en": product.name_en,
            "brand": product.brand,
            "unit": product.unit,
            "shelf_life_days": product.shelf_life_days,
            "storage": product.storage,
            "standards": product.standards,
            "safety_warning": product.safety_warning,
            "packaging": product.packaging,
            "disposal": product.disposal,
            "version": product.version,
            "pictures": self.pictures.iter().map(|picture| json!({
                "id": picture.id,
                "small": picture.small_url(),
                "large": picture.large_url(),
                "width": picture.width,
                "height": picture.height,
            })).collect::<Vec<_>>(),
        })
    }
}

/// What a person may say of a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewProduct {
    /// The GTIN, where it has one.
    pub gtin: Option<Gtin>,
    /// The group.
    pub group: &'static Group,
    /// The crop that it is of.
    pub crop: Option<CropCode>,
    /// The name, in Vietnamese.
    pub name: Line,
    /// The name in English.
    pub name_en: Option<Line>,
    /// The brand.
    pub brand: Option<Line<100>>,
    /// What its lots are counted in.
    pub unit: Unit,
    /// How many days it keeps.
    pub shelf_life_days: Option<u32>,
    /// How to store it.
    pub storage: Option<Note<500>>,
    /// The standards it claims.
    pub standards: Option<Note<500>>,
    /// What to beware of.
    pub safety_warning: Option<Note<500>>,
    /// What the package is made of.
    pub packaging: Option<Note<500>>,
    /// How to dispose of the package.
    pub disposal: Option<Note<500>>,
}

/// What a form or a program sends of a product, kept as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProductDraft {
    /// The GTIN.
    #[serde(deserialize_with = "absent_as_empty")]
    pub gtin: String,
    /// The group's code.
    #[serde(deserialize_with = "absent_as_empty")]
    pub group: String,
    /// The code of the crop; empty for none.
    #[serde(deserialize_with = "absent_as_empty")]
    pub crop: String,
    /// The name.
    #[serde(deserialize_with = "absent_as_empty")]
    pub name: String,
    /// The name in English.
    #[serde(deserialize_with = "absent_as_empty")]
    pub name_en: String,
    /// The brand.
    #[serde(deserialize_with = "absent_as_empty")]
    pub brand: String,
    /// `gram` or `piece`; empty for what is usual in the group.
    #[serde(deserialize_with = "absent_as_empty")]
    pub unit: String,
    /// Days, as digits; a program may send a number.
    #[serde(deserialize_with = "digits_or_number")]
    pub shelf_life_days: String,
    /// How to store it.
    #[serde(deserialize_with = "absent_as_empty")]
    pub storage: String,
    /// The standards it claims.
    #[serde(deserialize_with = "absent_as_empty")]
    pub standards: String,
    /// What to beware of.
    #[serde(deserialize_with = "absent_as_empty")]
    pub safety_warning: String,
    /// What the package is made of.
    #[serde(deserialize_with = "absent_as_empty")]
    pub packaging: String,
    /// How to dispose of the package.
    #[serde(deserialize_with = "absent_as_empty")]
    pub disposal: String,
}

fn digits_or_number<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Typed {
        Text(String),
        Number(i64),
        Absent(()),
    }
    Ok(match Typed::deserialize(deserializer)? {
        Typed::Text(text) => text,
        Typed::Number(number) => number.to_string(),
        Typed::Absent(()) => String::new(),
    })
}

impl ProductDraft {
    /// Reads everything at once, so that a person corrects it in one go.
    ///
    /// # Errors
    /// A problem for each field that breaks its rule.
    pub fn parse(&self) -> Result<NewProduct, Problems> {
        let mut problems = Problems::default();
        let gtin = problems.take("gtin", optional(&self.gtin, Gtin::parse));
        let group = problems.take("group", Group::parse(&self.group));
        let crop = problems.take("crop", optional(&self.crop, CropCode::parse));
        let name = problems.take("name", Line::parse(&self.name));
        let name_en = problems.take("name_en", Line::optional(&self.name_en));
        let brand = problems.take("brand", Line::optional(&self.brand));
        let unit = problems.take("unit", optional(&self.unit, |text| Unit::parse(text.trim())));
        let shelf_life_days = problems.take("shelf_life_days", optional(&self.shelf_life_days, days));
        let storage = problems.take("storage", Note::optional(&self.storage));
        let standards = problems.take("standards", Note::optional(&self.standards));
        let safety_warning = problems.take("safety_warning", Note::optional(&self.safety_warning));
        let packaging = problems.take("packaging", Note::optional(&self.packaging));
        let disposal = problems.take("disposal", Note::optional(&self.disposal));
        problems.clone().finish()?;
        let (Some(group), Some(name)) = (group, name) else { return Err(problems) };
        Ok(NewProduct {
            gtin: gtin.flatten(),
            group,
            crop: crop.flatten(),
            name,
            name_en: name_en.flatten(),
            brand: brand.flatten(),
            unit: unit.flatten().unwrap_or(group.unit),
            shelf_life_days: shelf_life_days.flatten(),
            storage: storage.flatten(),
            standards: standards.flatten(),
            safety_warning: safety_warning.flatten(),
            packaging: packaging.flatten(),
            disposal: disposal.flatten(),
        })
    }
}

impl From<&Product> for ProductDraft {
    fn from(product: &Product) -> Self {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        Self {
            gtin: product.gtin.as_ref().map(ToString::to_string).unwrap_or_default(),
            group: product.group.code.to_owned(),
            crop: product.crop.as_ref().map(ToString::to_string).unwrap_or_default(),
            name: product.name.clone(),
            name_en: text(&product.name_en),
            brand: text(&product.brand),
            unit: product.unit.as_str().to_owned(),
            shelf_life_days: product.shelf_life_days.map(|days| days.to_string()).unwrap_or_default(),
            storage: text(&product.storage),
            standards: text(&product.standards),
            safety_warning: text(&product.safety_warning),
            packaging: text(&product.packaging),
            disposal: text(&product.disposal),
        }
    }
}

/// Reads a value that may be left empty.
fn optional<T>(text: &str, parse: impl FnOnce(&str) -> Result<T, Problem>) -> Result<Option<T>, Problem> {
    if text.trim().is_empty() { Ok(None) } else { parse(text).map(Some) }
}

/// Reads a shelf life in days.
fn days(text: &str) -> Result<u32, Problem> {
    let days = text.trim().parse().ok().filter(|days| (1..=LONGEST_LIFE).contains(days));
    days.ok_or_else(|| Problem::new("shelf_life").value(text).arg("most", LONGEST_LIFE))
}
