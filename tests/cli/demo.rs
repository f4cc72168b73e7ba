//! `demo`: what the authority finds on its desk in the sample season.

use crate::Desk;
use crate::journey::Api;
use serde_json::json;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// The password of everybody in the sample.
const PASSWORD: &str = "mau-thu-nguon-goc";

/// The program showing its sample, until it is dropped.
struct Showing {
    child: Child,
    base: String,
}

impl Showing {
    /// Starts it on a free port; the sample is entered, and it serves, when this returns.
    fn start(desk: &Desk) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_nguongoc"))
            .args(["demo", "--data", "d", "--listen", "127.0.0.1:0", "--workers", "1"])
            .current_dir(desk.path(""))
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let local = "http://127.0.0.1:";
        let base = loop {
            let line = lines.next().expect("the program ends before it serves");
            if let Some((_, rest)) = line.split_once(local) {
                let port: String = rest.chars().take_while(char::is_ascii_digit).collect();
                break format!("{local}{port}");
            }
        };
        // Read on, or the program would wait for somebody who does.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, base }
    }
}

impl Drop for Showing {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[actix_web::test]
async fn nothing_in_the_sample_is_of_a_crop_that_nobody_knows() {
    let desk = Desk::new();
    let showing = Showing::start(&desk);
    let anybody = Api::at(&showing.base, &reqwest::Client::new());
    let officer = anybody.signed_in("canbo", PASSWORD).await;
    let flags = officer.read("/api/v1/flags?rule=crop_unknown").await;
    assert_eq!(flags["flags"], json!([]));
    // The rice is there, packed by who milled it, and older than its packing: it was made of paddy that grew elsewhere.
    let mill = anybody.signed_in("sochehat", PASSWORD).await;
    let told = mill.read("/api/v1/lots?size=100").await;
    let lots = told["lots"].as_array().expect("a list");
    let rice = lots.iter().filter(|lot| lot["product_name"] == "Gạo nếp cái hoa vàng");
    let days: Vec<_> = rice.map(|lot| (lot["harvested_on"].as_str(), lot["packed_on"].as_str())).collect();
    assert!(!days.is_empty() && days.iter().all(|(grown, packed)| grown < packed), "{days:?}");
    assert!(lots.iter().any(|lot| lot["product_name"] == "Thóc nếp cái hoa vàng"), "the paddy came there");
}
