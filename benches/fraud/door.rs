//! The acts of the trial through the one door: what it lets pass, what it refuses, what it holds or points out.

use super::registry::Registry;
use anyhow::{Context, Result, anyhow, bail};
use nguongoc::chain::{
    self, Command, DeclareLot, Error, Move, Output, Pack, Portion, QuantityDraft, Receive, Recorded,
    Reporter, Ship, ToldEvent, Transform,
};
use nguongoc::codes::runs::{self, RunDraft};
use nguongoc::codes::{self};
use nguongoc::events::{self, Step, epcis};
use nguongoc::kernel::{CertificateId, EventId, LotId, PlaceId, Quantity};
use nguongoc::lots;
use nguongoc::store::StoreError;
use serde_json::{Value, json};

/// What a pack holds, in grams.
pub(crate) const PACK: i64 = 500;

/// What became of an act: whether the registry let it pass.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "one at a time, and looked at at once")]
pub(crate) enum Verdict {
    Passed(Recorded),
    Refused,
}

pub(crate) fn grams(amount: i64) -> Result<Quantity> {
    Quantity::grams(amount).map_err(|problem| anyhow!("{problem:?}"))
}

/// An amount as an event tells it.
pub(crate) fn kilograms(amount: i64) -> Result<Value> {
    let (number, _) = grams(amount)?.epcis();
    Ok(json!(number))
}

impl Registry {
    /// Records an act; what the registry refuses for its amounts is no error of the trial.
    pub(crate) async fn act(&self, command: Command) -> Result<Verdict> {
        self.later();
        let by = match &command {
            Command::Receive(_) | Command::Lose(_) => self.shop(),
            _ => self.farm(),
        };
        match chain::record(&self.app, &by, command).await {
            Ok(recorded) => Ok(Verdict::Passed(recorded)),
            Err(
                Error::BeyondYield { .. }
                | Error::BeyondConversion { .. }
                | Error::BeyondCertificate { .. }
                | Error::MoreOutThanIn { .. }
                | Error::BalanceExceeded { .. }
                | Error::PackedAlready { .. }
                | Error::Breached { .. },
            ) => Ok(Verdict::Refused),
            Err(error) => bail!(error),
        }
    }

    pub(crate) async fn declare(&self, plot: PlaceId, amount: i64) -> Result<Verdict> {
        let lot = DeclareLot {
            product: self.product,
            place: Some(plot),
            when: None,
            quantity: grams(amount)?,
            code: None,
            variety: None,
            note: None,
        };
        self.act(Command::Declare(lot)).await
    }

    /// A harvest that must pass.
    pub(crate) async fn grown(&self, plot: PlaceId, amount: i64) -> Result<Recorded> {
        match self.declare(plot, amount).await? {
            Verdict::Passed(recorded) => Ok(recorded),
            Verdict::Refused => bail!("a harvest within the plot was refused"),
        }
    }

    #[expect(clippy::unused_self, reason = "it reads as the other acts do")]
    pub(crate) fn at(&self, lot: LotId, amount: i64, place: PlaceId) -> Result<Move> {
        Ok(Move::of(lot, grams(amount)?, place))
    }

    pub(crate) async fn make(&self, step: Step, lot: LotId, input: i64, outputs: &[i64]) -> Result<Verdict> {
        let mut made = Vec::new();
        for amount in outputs {
            made.push(Output { product: self.product, code: None, quantity: grams(*amount)? });
        }
        self.act(Command::Transform(Transform {
            step,
            inputs: vec![Portion { lot, quantity: grams(input)? }],
            unknown: Vec::new(),
            unknown_outputs: Vec::new(),
            outputs: made,
            node: None,
            place: Some(self.packhouse),
            when: None,
            note: None,
        }))
        .await
    }

    pub(crate) async fn pack(&self, lot: LotId, amount: i64, claims: &[CertificateId]) -> Result<Verdict> {
        let what = self.at(lot, amount, self.packhouse)?;
        self.act(Command::Pack(Pack {
            what,
            expires_on: None,
            pack_size: None,
            certificates: claims.to_vec(),
        }))
        .await
    }

    pub(crate) async fn ship(&self, lot: LotId, amount: i64) -> Result<Verdict> {
        let what = self.at(lot, amount, self.packhouse)?;
        let to = Some(self.seller.party);
        self.act(Command::Ship(Ship { what, to, document: None, vehicle: None, back: false })).await
    }

    /// A receipt of so much, or a loss of all that is still awaited.
    pub(crate) fn receipt(&self, shipment: EventId, lots: Vec<Portion>) -> Receive {
        Receive {
            shipment: Some(shipment),
            from: None,
            lots,
            place: Some(self.counter),
            when: None,
            note: None,
        }
    }

    /// Issues codes for so much: the run, where that passed.
    pub(crate) async fn code(&self, lot: LotId, amount: i64) -> Result<Option<runs::Acted>> {
        let draft = RunDraft {
            count: (amount / PACK).max(1).to_string(),
            pack_size: QuantityDraft::Text(format!("{PACK} g")),
            ..RunDraft::default()
        };
        match runs::issue(&self.app, &self.farm(), lot, &draft).await {
            Ok(acted) => Ok(Some(acted)),
            Err(codes::Error::Invalid(_) | codes::Error::Stopped(_)) => Ok(None),
            Err(error) => bail!(error),
        }
    }

    /// Voids the last labels of a run: they were spoiled.
    pub(crate) async fn spoil(&self, acted: &runs::Acted, labels: i64) -> Result<()> {
        let draft = RunDraft { count: labels.to_string(), ..RunDraft::default() };
        runs::void(&self.app, &self.farm(), acted.state.run.id, &draft).await?;
        Ok(())
    }

    /// Tells an event again as a fact of its own, changed by `change`: whether it is held for it.
    pub(crate) async fn tell(
        &self,
        like: EventId,
        n: usize,
        change: impl FnOnce(&mut Value),
    ) -> Result<bool> {
        self.later();
        let text =
            self.app.store.read(async |tx| events::epcis_of(tx, like).await).await?.context("an event")?;
        let mut value: Value = serde_json::from_str(&text)?;
        value["eventID"] = json!(format!("urn:uuid:7b1c5c2e-3a4d-4c55-9d6a-{n:012}"));
        value["eventTime"] = json!(self.app.clock.now().to_rfc3339());
        change(&mut value);
        let members = value.as_object().context("an object")?;
        let own = members.get("@context").map(epcis::Namespaces::of).transpose();
        let own = own.map_err(|problems| anyhow!("{problems:?}"))?.unwrap_or_default();
        let event = epcis::read(members, &own, "").map_err(|problems| anyhow!("{problems:?}"))?;
        let told = ToldEvent { event, raw: value.to_string(), context: None };
        let reporter = Reporter { by: self.farm(), capture: None };
        let app = &self.app;
        let reported = app.store.write(async |tx| chain::report(tx, app, &reporter, &told).await).await?;
        Ok(matches!(reported.outcome, chain::Outcome::Held(_)))
    }

    /// Whether anything is noted against a lot: it is stopped, or pointed out.
    pub(crate) async fn is_flagged(&self, lot: LotId) -> Result<bool> {
        self.app
            .store
            .read(async |tx| {
                let found = lots::find(tx, lot).await?;
                let noted = lots::store::breaches(tx, lot).await?;
                Ok::<_, StoreError>(found.is_some_and(|lot| lot.stop().is_some()) || !noted.is_empty())
            })
            .await
            .map_err(Into::into)
    }
}
