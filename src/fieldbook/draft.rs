//! What a form or a program sends of an entry or a season, kept as typed, until it is one.

use super::model::{Activity, Details, Field, Kind, NewActivity, NewSeason, NewSpray, Origin, Where};
use crate::kernel::text::absent_as_empty;
use crate::kernel::{
    ActivityId, Area, CropCode, Day, Dose, Lang, Line, Measure, Moment, Note, PartyId, PlaceId, Problem,
    Problems, SeasonId,
};
use serde::{Deserialize, Serialize};

/// The most waiting days that a label can ask for.
const MOST_DAYS: u32 = 365;

/// Reads a text, or a number as its text: programs may send waiting days either way.
fn text_or_number<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Given {
        Number(serde_json::Number),
        Text(String),
    }
    Ok(match Option::<Given>::deserialize(deserializer)? {
        None => String::new(),
        Some(Given::Number(number)) => number.to_string(),
        Some(Given::Text(text)) => text,
    })
}

/// The fields of all kinds of entries. Each kind reads those that it asks for.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ActivityDraft {
    /// The key under which the entry is written once: a UUID. Programs send it as the header `Idempotency-Key`.
    #[serde(deserialize_with = "absent_as_empty", skip_serializing)]
    pub key: String,
    /// The party on whose behalf it is written.
    #[serde(deserialize_with = "absent_as_empty", skip_serializing)]
    pub behalf_of: String,
    /// The kind.
    #[serde(deserialize_with = "absent_as_empty")]
    pub kind: String,
    /// The plot.
    #[serde(deserialize_with = "absent_as_empty", skip_serializing)]
    pub place: String,
    /// Several plots at once, also of several parties that gave a mandate.
    #[serde(skip_serializing)]
    pub plots: Vec<String>,
    /// The season; the one that is open on the day when empty.
    #[serde(deserialize_with = "absent_as_empty", skip_serializing)]
    pub season: String,
    /// The moment, in RFC 3339; it goes before the day.
    #[serde(deserialize_with = "absent_as_empty", skip_serializing)]
    pub time: String,
    /// The day.
    #[serde(deserialize_with = "absent_as_empty", skip_serializing)]
    pub day: String,
    /// The hour of that day, `HH:MM`, where it is known.
    #[serde(deserialize_with = "absent_as_empty", skip_serializing)]
    pub clock: String,
    /// Who did it.
    #[serde(deserialize_with = "absent_as_empty")]
    pub person: String,
    /// The tools.
    #[serde(deserialize_with = "absent_as_empty")]
    pub equipment: String,
    /// Supplier, water source, trainer.
    #[serde(deserialize_with = "absent_as_empty")]
    pub source: String,
    /// A remark.
    #[serde(deserialize_with = "absent_as_empty")]
    pub note: String,
    /// The input, the waste, the material.
    #[serde(deserialize_with = "absent_as_empty")]
    pub input: String,
    /// How much, with its unit: `2,5 kg`.
    #[serde(deserialize_with = "absent_as_empty")]
    pub amount: String,
    /// On how much land, with its unit: `2 sào`.
    #[serde(deserialize_with = "absent_as_empty")]
    pub area: String,
    /// How it was done.
    #[serde(deserialize_with = "absent_as_empty")]
    pub method: String,
    /// Why, or about what.
    #[serde(deserialize_with = "absent_as_empty")]
    pub reason: String,
    /// The maker's lot number.
    #[serde(deserialize_with = "absent_as_empty")]
    pub input_lot: String,
    /// The last day of use of the input.
    #[serde(deserialize_with = "absent_as_empty")]
    pub expires_on: String,
    /// What was found.
    #[serde(deserialize_with = "absent_as_empty")]
    pub result: String,
    /// Of a spray: the product as it stands on the label.
    #[serde(deserialize_with = "absent_as_empty")]
    pub product: String,
    /// Of a spray: the product in the authority's list.
    #[serde(deserialize_with = "absent_as_empty")]
    pub substance: String,
    /// Of a spray: the crop, where the plot has no season.
    #[serde(deserialize_with = "absent_as_empty")]
    pub crop: String,
    /// Of a spray: the pest or disease.
    #[serde(deserialize_with = "absent_as_empty")]
    pub pest: String,
    /// Of a spray: the dose, `15 ml/sào`.
    #[serde(deserialize_with = "absent_as_empty")]
    pub dose: String,
    /// Of a spray: how much in all, with its unit.
    #[serde(deserialize_with = "absent_as_empty")]
    pub total: String,
    /// Of a spray: the waiting days on the label.
    #[serde(deserialize_with = "text_or_number")]
    pub label_days: String,
    /// The entry whose values were copied.
    #[serde(deserialize_with = "absent_as_empty", skip_serializing)]
    pub copied_from: String,
    /// The template whose values were used.
    #[serde(deserialize_with = "absent_as_empty", skip_serializing)]
    pub template: String,
    /// What a template made of this entry is to be called.
    #[serde(deserialize_with = "absent_as_empty", skip_serializing)]
    pub template_name: String,
    /// The wrong entry in whose place this one stands.
    #[serde(deserialize_with = "absent_as_empty", skip_serializing)]
    pub instead_of: String,
    /// Which button was pressed.
    #[serde(deserialize_with = "absent_as_empty", skip_serializing)]
    pub button: String,
}

/// Reads a value that may be left empty.
fn optional<T>(text: &str, parse: impl FnOnce(&str) -> Result<T, Problem>) -> Result<Option<T>, Problem> {
    if text.trim().is_empty() { Ok(None) } else { parse(text).map(Some) }
}

/// Reads a value that must be given.
fn needed<T>(text: &str, parse: impl FnOnce(&str) -> Result<T, Problem>) -> Result<T, Problem> {
    if text.trim().is_empty() { Err(Problem::new("text_empty")) } else { parse(text) }
}

impl ActivityDraft {
    /// The key under which it is written once.
    ///
    /// # Errors
    /// `id_malformed`.
    pub fn once(&self) -> Result<Option<ActivityId>, Problem> {
        optional(&self.key, str::parse).map_err(|problem| problem.at("key"))
    }

    /// The party on whose behalf it is written.
    ///
    /// # Errors
    /// `id_malformed`.
    pub fn grantor(&self) -> Result<Option<PartyId>, Problem> {
        optional(&self.behalf_of, str::parse).map_err(|problem| problem.at("behalf_of"))
    }

    /// The plots that it is about, each once.
    ///
    /// # Errors
    /// `id_malformed`.
    pub fn places(&self) -> Result<Vec<PlaceId>, Problem> {
        let mut places = Vec::new();
        let one = [&self.place].into_iter().map(|text| ("place", text));
        let more = self.plots.iter().map(|text| ("plots", text));
        for (field, text) in one.chain(more).filter(|(_, text)| !text.trim().is_empty()) {
            let id: PlaceId = text.parse().map_err(|problem: Problem| problem.at(field))?;
            if !places.contains(&id) {
                places.push(id);
            }
        }
        Ok(places)
    }

    fn when(&self) -> Result<(Day, Option<Moment>), Problem> {
        if !self.time.trim().is_empty() {
            let moment = Moment::parse(&self.time)?;
            return Ok((moment.day(), Some(moment)));
        }
        if self.day.trim().is_empty() {
            return Err(Problem::new("day_missing"));
        }
        let day = Day::parse(&self.day)?;
        if self.clock.trim().is_empty() {
            return Ok((day, None));
        }
        let moment = Moment::parse(&format!("{day}T{}:00+07:00", self.clock.trim()))
            .map_err(|_| Problem::new("clock_malformed").value(&self.clock))?;
        Ok((day, Some(moment)))
    }

    /// How it came about: `fresh` when nothing was copied.
    fn origin(&self, fresh: Origin) -> Result<Origin, Problem> {
        if let Some(from) = optional(&self.copied_from, str::parse).map_err(|p| p.at("copied_from"))? {
            return Ok(Origin::Copied(from));
        }
        let template = optional(&self.template, str::parse).map_err(|problem| problem.at("template"))?;
        Ok(template.map_or(fresh, Origin::Template))
    }

    /// An entry about `place`, which the form or program names; `fresh` says how it came about when nothing was copied.
    ///
    /// # Errors
    /// All that is wrong, field by field.
    pub fn parse(&self, place: Option<PlaceId>, fresh: Origin) -> Result<NewActivity, Problems> {
        let kind = Kind::parse(&self.kind).map_err(|problem| problem.at("kind"))?;
        let mut problems = Problems::default();
        let when = problems.take("day", self.when());
        let season = problems.take("season", optional(&self.season, str::parse::<SeasonId>));
        let person = problems.take("person", Line::optional(&self.person));
        let note = problems.take("note", Note::optional(&self.note));
        let spray = match kind {
            Kind::Spray => problems_of(self.spray(), &mut problems).map(Some),
            _ => Some(None),
        };
        let origin = match self.origin(fresh) {
            Ok(origin) => origin,
            Err(problem) => {
                problems.push(problem);
                fresh
            }
        };
        let text = |problems: &mut Problems, field: Field, text: &str| -> Option<Line> {
            if !kind.asks(field) {
                return None;
            }
            let read = if self.must(kind, field) {
                needed(text, Line::parse).map(Some)
            } else {
                Line::optional(text)
            };
            problems.take(field.as_str(), read).flatten()
        };
        let input = text(&mut problems, Field::Input, &self.input);
        let equipment = text(&mut problems, Field::Equipment, &self.equipment);
        let source = text(&mut problems, Field::Source, &self.source);
        let method = text(&mut problems, Field::Method, &self.method);
        let reason = text(&mut problems, Field::Reason, &self.reason);
        let result = text(&mut problems, Field::Result, &self.result);
        let input_lot = text(&mut problems, Field::InputLot, &self.input_lot);
        let amount = self.field(&mut problems, kind, Field::Amount, &self.amount, Measure::parse);
        let area = self.field(&mut problems, kind, Field::Area, &self.area, Area::parse);
        let expires_on = self.field(&mut problems, kind, Field::ExpiresOn, &self.expires_on, Day::parse);
        if kind.place() == Where::Plot && place.is_none() {
            problems.push(Problem::new("plot_missing").at("place"));
        }
        let (Some((day, at)), Some(season), Some(person), Some(note), Some(spray)) =
            (when, season, person, note, spray)
        else {
            return Err(problems);
        };
        problems.finish()?;
        let own = Line::into_string;
        Ok(NewActivity {
            kind,
            place,
            season,
            day,
            at,
            person,
            equipment,
            source,
            note,
            input,
            amount,
            details: Details {
                area_m2: area.map(Area::square_metres),
                method: method.map(own),
                reason: reason.map(own),
                input_lot: input_lot.map(own),
                expires_on,
                result: result.map(own),
            },
            spray,
            origin,
        })
    }

    fn must(&self, kind: Kind, field: Field) -> bool {
        let _ = self;
        kind.fields().iter().any(|(asked, needed)| *asked == field && *needed)
    }

    fn field<T>(
        &self,
        problems: &mut Problems,
        kind: Kind,
        field: Field,
        text: &str,
        parse: impl FnOnce(&str) -> Result<T, Problem>,
    ) -> Option<T> {
        if !kind.asks(field) {
            return None;
        }
        let read = if self.must(kind, field) { needed(text, parse).map(Some) } else { optional(text, parse) };
        problems.take(field.as_str(), read).flatten()
    }

    fn spray(&self) -> Result<NewSpray, Problems> {
        let mut problems = Problems::default();
        let product = problems.take("product", needed(&self.product, Line::parse));
        let substance = problems.take("substance", optional(&self.substance, str::parse));
        let crop = problems.take("crop", optional(&self.crop, CropCode::parse));
        let pest = problems.take("pest", needed(&self.pest, Line::parse));
        let dose = problems.take("dose", optional(&self.dose, Dose::parse));
        let area = problems.take("area", optional(&self.area, Area::parse));
        let total = problems.take("total", optional(&self.total, Measure::parse));
        let label_days = problems.take("label_days", optional(&self.label_days, waiting_days));
        if matches!((&dose, &total), (Some(None), Some(None))) {
            problems.push(Problem::new("dose_missing").at("dose"));
        }
        match (product, substance, crop, pest, dose, area, total, label_days) {
            (
                Some(product),
                Some(substance),
                Some(crop),
                Some(pest),
                Some(dose),
                Some(area),
                Some(total),
                Some(label_days),
            ) if problems.is_empty() => {
                Ok(NewSpray { crop, product, substance, pest, dose, area, total, label_days })
            }
            _ => Err(problems),
        }
    }

    /// The draft with the values of an earlier entry, "same as last time": without day, plot and key.
    #[must_use]
    pub fn copied(activity: &Activity, lang: Lang) -> Self {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let mut draft = Self {
            kind: activity.kind.as_str().to_owned(),
            person: text(&activity.person),
            equipment: text(&activity.equipment),
            source: text(&activity.source),
            input: text(&activity.input),
            method: text(&activity.details.method),
            reason: text(&activity.details.reason),
            input_lot: text(&activity.details.input_lot),
            expires_on: activity.details.expires_on.map(|day| day.to_string()).unwrap_or_default(),
            result: text(&activity.details.result),
            area: activity.details.area_m2.map(|area| format!("{area} m2")).unwrap_or_default(),
            copied_from: activity.id.to_string(),
            ..Self::default()
        };
        if let Some(spray) = &activity.spray {
            draft.product.clone_from(&spray.product);
            draft.substance = spray.substance.map(|id| id.to_string()).unwrap_or_default();
            draft.crop = spray.crop.as_ref().map(|crop| crop.as_str().to_owned()).unwrap_or_default();
            draft.pest.clone_from(&spray.pest);
            draft.dose = plain(&spray.dose.show(lang));
            draft.area = format!("{} m2", spray.area.square_metres());
            draft.label_days = spray.label_days.map(|days| days.to_string()).unwrap_or_default();
            draft.input.clear();
        } else {
            let amount = activity
                .amount
                .filter(|_| activity.kind.stock() != super::model::Stock::Counted)
                .and_then(|(amount, unit)| Measure::new(amount.saturating_abs(), unit).ok());
            draft.amount = amount.map(|amount| plain(&amount.show(lang))).unwrap_or_default();
        }
        draft
    }
}

/// What was shown, as it can be typed: plain spaces and `m2`.
fn plain(shown: &str) -> String {
    shown.replace('\u{a0}', " ").replace("m²", "m2")
}

fn problems_of<T>(read: Result<T, Problems>, problems: &mut Problems) -> Option<T> {
    match read {
        Ok(value) => Some(value),
        Err(found) => {
            problems.0.extend(found.0);
            None
        }
    }
}

fn waiting_days(text: &str) -> Result<u32, Problem> {
    let given = text.trim();
    let digits = !given.is_empty() && given.bytes().all(|b| b.is_ascii_digit());
    let days = if digits { given.parse().ok() } else { None };
    days.filter(|days| *days <= MOST_DAYS)
        .ok_or_else(|| Problem::new("waiting_days_malformed").value(given).arg("most", MOST_DAYS))
}

/// What a form or a program sends of a season.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SeasonDraft {
    /// The key under which it is opened once.
    #[serde(deserialize_with = "absent_as_empty")]
    pub key: String,
    /// The party on whose behalf.
    #[serde(deserialize_with = "absent_as_empty")]
    pub behalf_of: String,
    /// The plot.
    #[serde(deserialize_with = "absent_as_empty")]
    pub place: String,
    /// The crop's code.
    #[serde(deserialize_with = "absent_as_empty")]
    pub crop: String,
    /// The variety.
    #[serde(deserialize_with = "absent_as_empty")]
    pub variety: String,
    /// Sown or planted.
    #[serde(deserialize_with = "absent_as_empty")]
    pub began_on: String,
    /// When it is expected to end.
    #[serde(deserialize_with = "absent_as_empty")]
    pub expected_end: String,
    /// On how much land; all of the plot when empty.
    #[serde(deserialize_with = "absent_as_empty")]
    pub area: String,
    /// Supplier or own seed.
    #[serde(deserialize_with = "absent_as_empty")]
    pub seed_source: String,
    /// The supplier's lot number.
    #[serde(deserialize_with = "absent_as_empty")]
    pub seed_lot: String,
    /// How much seed, with its unit.
    #[serde(deserialize_with = "absent_as_empty")]
    pub seed_amount: String,
}

impl SeasonDraft {
    /// The key under which it is opened once.
    ///
    /// # Errors
    /// `id_malformed`.
    pub fn once(&self) -> Result<Option<SeasonId>, Problem> {
        optional(&self.key, str::parse).map_err(|problem| problem.at("key"))
    }

    /// The party on whose behalf.
    ///
    /// # Errors
    /// `id_malformed`.
    pub fn grantor(&self) -> Result<Option<PartyId>, Problem> {
        optional(&self.behalf_of, str::parse).map_err(|problem| problem.at("behalf_of"))
    }

    /// Reads everything at once.
    ///
    /// # Errors
    /// All that is wrong, field by field.
    pub fn parse(&self) -> Result<NewSeason, Problems> {
        let mut problems = Problems::default();
        let place = problems.take("place", needed(&self.place, str::parse));
        let crop = problems.take("crop", needed(&self.crop, CropCode::parse));
        let variety = problems.take("variety", Line::optional(&self.variety));
        let began_on = problems.take("began_on", needed(&self.began_on, Day::parse));
        let expected_end = problems.take("expected_end", optional(&self.expected_end, Day::parse));
        let area = problems.take("area", optional(&self.area, Area::parse));
        let seed_source = problems.take("seed_source", Line::optional(&self.seed_source));
        let seed_lot = problems.take("seed_lot", Line::optional(&self.seed_lot));
        let seed_amount = problems.take("seed_amount", optional(&self.seed_amount, Measure::parse));
        match (place, crop, variety, began_on, expected_end, area, seed_source, seed_lot, seed_amount) {
            (
                Some(place),
                Some(crop),
                Some(variety),
                Some(began_on),
                Some(expected_end),
                Some(area),
                Some(seed_source),
                Some(seed_lot),
                Some(seed_amount),
            ) => Ok(NewSeason {
                place,
                crop,
                variety,
                began_on,
                expected_end,
                area,
                seed_source,
                seed_lot,
                seed_amount,
            }),
            _ => Err(problems),
        }
    }
}

/// What a form or a program sends when a plot was cleared.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClearDraft {
    /// The last day of the season.
    #[serde(deserialize_with = "absent_as_empty")]
    pub cleared_on: String,
}

impl ClearDraft {
    /// The day.
    ///
    /// # Errors
    /// `text_empty`, `day_malformed` and its kin.
    pub fn parse(&self) -> Result<Day, Problem> {
        needed(&self.cleared_on, Day::parse).map_err(|problem| problem.at("cleared_on"))
    }
}

/// What a form or a program sends when the end of a season was told by mistake.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReopenDraft {
    /// Why it is taken back.
    #[serde(deserialize_with = "absent_as_empty")]
    pub reason: String,
    /// The last day of the season that is right instead; open again when empty.
    #[serde(deserialize_with = "absent_as_empty")]
    pub cleared_on: String,
}

impl ReopenDraft {
    /// The reason, and the day instead.
    ///
    /// # Errors
    /// All that is wrong, field by field.
    pub fn parse(&self) -> Result<(Note<500>, Option<Day>), Problems> {
        let mut problems = Problems::default();
        let reason = problems.take("reason", Note::parse(&self.reason));
        let instead = problems.take("cleared_on", optional(&self.cleared_on, Day::parse));
        match (reason, instead) {
            (Some(reason), Some(instead)) => Ok((reason, instead)),
            _ => Err(problems),
        }
    }
}
