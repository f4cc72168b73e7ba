//! The notice of a recall as a mail: it goes out once to a holder whose address is known, and says what a holder has to do.

use super::City;
use super::emergency::with_mail;
use crate::jobs::PostOffice;
use crate::support::app::{On, on_both};
use data_encoding::BASE64;
use nguongoc::jobs;
use nguongoc::recalls;

on_both!(a_recall_notice_goes_out_by_mail);

/// The text of a mail, whichever way it was packed for the journey.
fn text_of(mail: &str) -> String {
    let (head, body) = mail.split_once("\n\n").expect("a body");
    let bytes = if head.to_ascii_lowercase().contains("content-transfer-encoding: base64") {
        let packed: String = body.split_whitespace().collect();
        BASE64.decode(packed.as_bytes()).expect("base64")
    } else {
        unquoted(body)
    };
    String::from_utf8(bytes).expect("UTF-8")
}

/// Quoted-printable (RFC 2045 §6.7): broken lines joined, and `=C3` for a byte.
fn unquoted(body: &str) -> Vec<u8> {
    let joined = body.replace("=\n", "");
    let mut pieces = joined.split('=');
    let mut bytes = pieces.next().unwrap_or_default().as_bytes().to_vec();
    for piece in pieces {
        let (code, rest) = piece.split_at(2);
        bytes.push(u8::from_str_radix(code, 16).expect("a byte"));
        bytes.extend(rest.as_bytes());
    }
    bytes
}

async fn a_recall_notice_goes_out_by_mail(on: On) {
    let city = City::open(on).await;
    let office = PostOffice::open();
    // The packer has an address; the farm and the shop have none.
    city.packer.send("/firm", "/firm/mail", &[("mail", "kho@demo.example.vn")]).await.expect(303);
    let app = with_mail(&city.trade.registry, office.port).await;
    let page = city.propose(&city.officer).await;
    city.officer.send(&page, &format!("{page}/decide"), &[]).await.expect(303);
    // Twice: who was told is not told again.
    for _ in 0..2 {
        while recalls::carry_on(&app).await.expect("carried on") > 0 {}
        while jobs::carry(&app).await.expect("carried") > 0 {}
    }
    let desk = city.trade.registry.program("chu-so-che").await;
    let messages = desk.get("/api/v1/messages").await.expect(200).json();
    let messages = messages["messages"].as_array().expect("messages").clone();
    let notice = messages.iter().find(|message| message["kind"] == "recall_notice").expect("a notice");
    let id = notice["id"].as_str().expect("an id");
    let taken = office.taken();
    let own: Vec<_> = taken.iter().filter(|mail| mail.contains(&format!("<{id}@"))).collect();
    assert_eq!(own.len(), 1, "{taken:#?}");
    assert!(taken.iter().all(|mail| mail.contains("To: kho@demo.example.vn")), "nobody else has an address");
    assert!(own[0].contains("Auto-Submitted: auto-generated"), "{}", own[0]);
    let text = text_of(own[0]);
    let lot = city.app().store.read(async |tx| nguongoc::lots::find(tx, city.lot).await).await;
    let code = lot.expect("a row").expect("a lot").code.to_string();
    for said in [
        "TH-2026-0001",
        "Cải bẹ xanh",
        code.as_str(),
        "Dư lượng thuốc vượt mức cho phép",
        "thôn Đông",
        "31/12/2026",
        "20 kg",
        "/messages",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    // It asks for an answer, and the answer is counted.
    city.packer.send(&page, &format!("{page}/acknowledge"), &[]).await.expect(303);
    let shown = city.officer.get(&page).await.expect(200);
    assert!(shown.text.contains("3 cơ sở: 1 đã xác nhận"), "{}", shown.text);
}
