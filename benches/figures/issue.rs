//! Issuing codes on one core: signing, drawing and writing the SVG, against the bare signature and against another encoder.

use super::codes::{self, Keys};
use super::ratio::{Size, alternate, heading, line, rate};
use anyhow::{Context, Result, anyhow};
use ed25519_dalek::Signer;
use fast_qr::convert::svg::SvgBuilder;
use fast_qr::{ECL, QRBuilder};
use nguongoc::codes::{Symbol, message, sign};
use std::time::Duration;

pub(crate) fn measure(size: Size) -> Result<()> {
    let keys = Keys::new()?;
    let host = codes::host()?;
    let unsigned = codes::unsigned(size.pick(1_024, 16))?;
    let addresses: Vec<_> =
        codes::sealed(&keys, unsigned.len())?.into_iter().map(|one| one.address).collect();
    let messages: Vec<_> =
        unsigned.iter().map(|code| message(&host, code.key_path()).as_bytes().to_vec()).collect();
    let (rounds, turn) = size.pick((15, Duration::from_millis(400)), (2, Duration::from_millis(8)));
    let count = unsigned.len();
    let bare = || rate(turn, |n| keys.bare.sign(&messages[n % count]));

    heading("Issue, one core");
    let signed = alternate(
        rounds,
        || rate(turn, |n| sign(unsigned[n % count].clone(), &keys.code).map(|code| code.url(&host))),
        bare,
    )?;
    line("sign and write the address", "bare Ed25519 signature", signed, None);
    let issued = alternate(
        rounds,
        || {
            rate(turn, |n| {
                let code = sign(unsigned[n % count].clone(), &keys.code).ok()?;
                Some(Symbol::of(&code.url(&host)).ok()?.svg("demo.example.vn"))
            })
        },
        bare,
    )?;
    line("sign, encode and draw as SVG", "bare Ed25519 signature", issued, None);
    let drawn = alternate(
        rounds,
        || rate(turn, |n| Symbol::of(&addresses[n % count]).map(|symbol| symbol.svg("demo.example.vn"))),
        || rate(turn, |n| theirs(&addresses[n % count]).map(|code| SvgBuilder::default().to_str(&code))),
    )?;
    line("encode and draw as SVG", "`fast_qr`, the same", drawn, None);
    let encoded = alternate(
        rounds,
        || rate(turn, |n| Symbol::of(&addresses[n % count])),
        || rate(turn, |n| theirs(&addresses[n % count])),
    )?;
    line("encode only", "`fast_qr`, the same", encoded, None);
    sizes(&addresses)
}

fn theirs(address: &str) -> Option<fast_qr::QRCode> {
    QRBuilder::new(address).ecl(ECL::M).build().ok()
}

/// Speed is half of it: how large both symbols come out for the same address, error correction and quiet zone.
fn sizes(addresses: &[String]) -> Result<()> {
    for (what, address) in ["a lot's code", "a pack's code"].iter().zip(addresses.iter().step_by(2)) {
        let ours = Symbol::of(address).map_err(|error| anyhow!("{error}"))?;
        let other = theirs(address).context("fast_qr draws it")?;
        println!(
            "\n{what}: ours {0}×{0} modules and {1} bytes of SVG, `fast_qr` {2}×{2} modules and {3} bytes",
            ours.width(),
            ours.svg("demo.example.vn").len(),
            other.size,
            SvgBuilder::default().to_str(&other).len(),
        );
    }
    Ok(())
}
