//! Pictures of products: only pixels are kept, within limits, for everybody to see; and nothing else is served as one.

use crate::products::{Farm, farm, item, problems};
use crate::support::app::{Answer, On, Program, on_both};
use image::{DynamicImage, GenericImageView, GrayImage, ImageFormat, Luma, Rgb, RgbImage};
use nguongoc::store::{MediaType, put_file};
use serde_json::json;
use std::io::{Cursor, Read, Write};
use std::net::{Shutdown, TcpStream};

on_both!(
    a_picture_is_drawn_anew_in_two_sizes,
    nothing_hidden_is_kept,
    the_position_where_it_was_taken_is_gone,
    what_is_no_picture_within_limits_is_refused,
    a_truncated_upload_leaves_nothing,
    pictures_have_an_order_and_an_end,
    six_are_enough_even_at_once,
    only_pictures_are_served,
);

/// A picture whose left half is red and whose right half is blue.
fn halves(width: u32, height: u32) -> DynamicImage {
    let colour = |x, _| if x < width / 2 { Rgb([220, 20, 20]) } else { Rgb([20, 20, 220]) };
    DynamicImage::ImageRgb8(RgbImage::from_fn(width, height, colour))
}

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).expect("a picture");
    bytes.into_inner()
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// A product of `lan`, and the path of its pictures.
async fn product(farm: &Farm) -> (Program, String) {
    let program = farm.registry.program("lan").await;
    let product = program.post("/api/v1/products", &item("Rau")).await.expect(201).json();
    let address = format!("/api/v1/products/{}", product["id"].as_str().expect("an id"));
    (program, address)
}

async fn send(program: &Program, address: &str, bytes: &[u8]) -> Answer {
    program
        .post_files(
            &format!("{address}/pictures"),
            &[],
            &[("picture", "../../etc/passwd.jpg", bytes.to_vec())],
        )
        .await
}

/// The two sizes of the last picture of a product, as anybody gets them.
async fn sizes(farm: &Farm, product: &Answer) -> (Vec<u8>, Vec<u8>) {
    let pictures = product.json()["pictures"].as_array().expect("pictures").clone();
    let picture = pictures.last().expect("a picture");
    let browser = farm.registry.browser();
    let small = browser.get(picture["small"].as_str().expect("a path")).await.expect(200);
    let large = browser.get(picture["large"].as_str().expect("a path")).await.expect(200);
    for answer in [&small, &large] {
        assert_eq!(answer.header("content-type"), "image/jpeg");
        assert_eq!(answer.header("cache-control"), "public, max-age=31536000, immutable");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
    }
    (small.bytes, large.bytes)
}

async fn a_picture_is_drawn_anew_in_two_sizes(on: On) {
    let farm = farm(on).await;
    let (program, address) = product(&farm).await;
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
        let sent = encoded(&halves(2_000, 1_000), format);
        let shown = send(&program, &address, &sent).await.expect(201);
        let (small, large) = sizes(&farm, &shown).await;
        assert!(small.len() <= 12 * 1_024, "{} bytes", small.len());
        let (small, large) =
            (image::load_from_memory(&small).expect("JPEG"), image::load_from_memory(&large).expect("JPEG"));
        assert_eq!((small.dimensions(), large.dimensions()), ((320, 160), (1_280, 640)), "{format:?}");
        let [red, _, blue, _] = large.get_pixel(20, 320).0;
        assert!(red > 180 && blue < 80, "{format:?} lost its colours");
    }
    let browser = farm.registry.signed_in("lan").await;
    let page = address.replace("/api/v1", "");
    let before = browser.get(&page).await.expect(200);
    assert_eq!(before.texts("ol.cards li").len(), 3);
    let png = encoded(&halves(64, 64), ImageFormat::Png);
    let action = format!("{page}/pictures");
    browser.send_files(&page, &action, &[], &[("picture", "a.exe", png)]).await.expect(303);
    let refused =
        browser.send_files(&page, &action, &[], &[("picture", "a.jpg", b"hello".to_vec())]).await.expect(422);
    assert!(refused.text.contains("id=\"picture-problem\""));
    let empty = browser.send_files(&page, &action, &[], &[]).await.expect(422);
    assert!(empty.text.contains("Chưa chọn hình nào"));
    let list = browser.get("/products").await.expect(200);
    assert!(list.text.contains("<img src=\"/pictures/") && list.text.contains("width=\"320\""));
    assert_eq!(program.get(&address).await.expect(200).json()["version"], 4);
}

async fn nothing_hidden_is_kept(on: On) {
    let farm = farm(on).await;
    let (program, address) = product(&farm).await;
    let behind = b"<html><script>alert(1)</script></html>PK\x03\x04hidden.exe";
    let mut jpeg = encoded(&halves(200, 100), ImageFormat::Jpeg);
    // A comment segment after the start marker, and a whole page with an archive behind the end.
    let comment = b"\xff\xfe\x00\x1c<script>alert(2)</script>";
    jpeg.splice(2..2, comment.iter().copied());
    jpeg.extend_from_slice(behind);
    let mut png = encoded(&halves(200, 100), ImageFormat::Png);
    png.extend_from_slice(behind);
    for sent in [jpeg, png] {
        let shown = send(&program, &address, &sent).await.expect(201);
        let (small, large) = sizes(&farm, &shown).await;
        for kept in [small, large] {
            for part in [&b"script"[..], b"html", b"PK\x03\x04", b"hidden"] {
                assert!(!holds(&kept, part), "{} is kept", String::from_utf8_lossy(part));
            }
            assert!(kept.starts_with(&[0xff, 0xd8]) && kept.ends_with(&[0xff, 0xd9]));
        }
    }
}

/// A JPEG with an Exif segment: lying on its side, taken at a place.
fn with_exif(picture: &DynamicImage) -> Vec<u8> {
    let mut exif = b"Exif\0\0II*\0\x08\0\0\0\x02\0".to_vec();
    exif.extend(b"\x12\x01\x03\0\x01\0\0\0\x06\0\0\0"); // Orientation: turn right
    exif.extend(b"\x25\x88\x04\0\x01\0\0\0\x26\0\0\0"); // the position, further on
    exif.extend(b"\0\0\0\0");
    exif.extend(b"\x01\0\x01\0\x02\0\x02\0\0\0N\0\0\0\0\0\0\0GPS-21.0285-105.8542");
    let mut jpeg = encoded(picture, ImageFormat::Jpeg);
    let length = u16::try_from(exif.len() + 2).expect("short");
    let segment: Vec<u8> = [&[0xff, 0xe1][..], &length.to_be_bytes(), &exif].concat();
    jpeg.splice(2..2, segment);
    jpeg
}

async fn the_position_where_it_was_taken_is_gone(on: On) {
    let farm = farm(on).await;
    let (program, address) = product(&farm).await;
    let sent = with_exif(&halves(200, 100));
    assert!(holds(&sent, b"GPS-21.0285"));
    let shown = send(&program, &address, &sent).await.expect(201);
    let (small, large) = sizes(&farm, &shown).await;
    for kept in [&small, &large] {
        assert!(!holds(kept, b"GPS") && !holds(kept, b"Exif"), "metadata is kept");
    }
    // Upright: what was on the left is on top.
    let upright = image::load_from_memory(&large).expect("JPEG");
    assert_eq!(upright.dimensions(), (100, 200));
    let ([red, ..], [_, _, blue, _]) = (upright.get_pixel(50, 20).0, upright.get_pixel(50, 180).0);
    assert!(red > 180 && blue > 180, "it still lies on its side");
}

/// A PNG whose header claims a size; its checksums are right.
fn claiming(width: u32, height: u32) -> Vec<u8> {
    let mut png = encoded(&DynamicImage::ImageLuma8(GrayImage::new(1, 1)), ImageFormat::Png);
    png[16..20].copy_from_slice(&width.to_be_bytes());
    png[20..24].copy_from_slice(&height.to_be_bytes());
    let mut crc = u32::MAX;
    for byte in &png[12..29] {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    png[29..33].copy_from_slice(&(!crc).to_be_bytes());
    png
}

async fn what_is_no_picture_within_limits_is_refused(on: On) {
    let farm = farm(on).await;
    let (program, address) = product(&farm).await;
    let jpeg = encoded(&halves(400, 300), ImageFormat::Jpeg);
    let png = encoded(&halves(400, 300), ImageFormat::Png);
    // A hundred million grey pixels in a few kilobytes.
    let bomb = encoded(
        &DynamicImage::ImageLuma8(GrayImage::from_pixel(10_000, 10_000, Luma([9]))),
        ImageFormat::Png,
    );
    assert!(bomb.len() < 2 * 1_024 * 1_024, "{} bytes", bomb.len());
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("a claim of 100 megapixels", claiming(10_000, 10_000), "picture_pixels"),
        ("a claim of 2^62 pixels", claiming(0x7fff_ffff, 0x7fff_ffff), "picture_broken"),
        ("a claim of 39 megapixels without them", claiming(6_000, 6_500), "picture_broken"),
        ("100 real megapixels", bomb, "picture_pixels"),
        ("half a JPEG", jpeg[..jpeg.len() / 2].to_vec(), "picture_broken"),
        ("half a PNG", png[..png.len() / 2].to_vec(), "picture_broken"),
        ("the head of a JPEG", vec![0xff, 0xd8, 0xff], "picture_broken"),
        (
            "a GIF",
            b"GIF89a\x01\0\x01\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;".to_vec(),
            "picture_kind",
        ),
        ("an SVG", b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>".to_vec(), "picture_kind"),
        ("a PDF", b"%PDF-1.7\n%%EOF".to_vec(), "picture_kind"),
        ("a page named as a picture", b"<html>".to_vec(), "picture_kind"),
    ];
    for (what, bytes, code) in cases {
        let told = send(&program, &address, &bytes).await;
        assert_eq!((told.status, problems(&told)), (422, vec![format!("picture {code}")]), "{what}");
    }
    send(&program, &address, &vec![0xff; 12 * 1_024 * 1_024 + 1]).await.expect(413);
    assert_eq!(problems(&send(&program, &address, b"").await.expect(422)), ["picture picture_missing"]);
    assert_eq!(program.get(&address).await.expect(200).json()["pictures"], json!([]));
}

async fn a_truncated_upload_leaves_nothing(on: On) {
    let farm = farm(on).await;
    let (program, address) = product(&farm).await;
    let png = encoded(&halves(400, 300), ImageFormat::Png);
    let mut body =
        b"--cut\r\nContent-Disposition: form-data; name=\"picture\"; filename=\"a.png\"\r\n\r\n".to_vec();
    body.extend_from_slice(&png);
    // Whole as a request, but the form ends in the middle of its file.
    let answer = program
        .client
        .post(format!("{}{address}/pictures", program.base))
        .bearer_auth(program.token.as_deref().expect("a token"))
        .header("content-type", "multipart/form-data; boundary=cut")
        .body(body.clone())
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status(), 400);
    let told: serde_json::Value = answer.json().await.expect("JSON");
    assert_eq!(told["code"], "upload_truncated");

    // The connection breaks while the request is being sent.
    let head = format!(
        "POST {address}/pictures HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\
         Content-Type: multipart/form-data; boundary=cut\r\nContent-Length: {}\r\n\r\n",
        program.token.as_deref().expect("a token"),
        body.len() + 1_000,
    );
    let host = program.base.trim_start_matches("http://").to_owned();
    let said = tokio::task::spawn_blocking(move || {
        let mut connection = TcpStream::connect(host).expect("a connection");
        connection.write_all(head.as_bytes()).expect("a head");
        connection.write_all(&body).expect("a part of the body");
        connection.shutdown(Shutdown::Write).expect("an end");
        let mut said = String::new();
        let _ = connection.read_to_string(&mut said);
        said
    })
    .await
    .expect("a task");
    assert!(said.is_empty() || said.starts_with("HTTP/1.1 400"), "{said}");
    let shown = program.get(&address).await.expect(200).json();
    assert_eq!((&shown["pictures"], &shown["version"]), (&json!([]), &json!(0)));
}

async fn pictures_have_an_order_and_an_end(on: On) {
    let farm = farm(on).await;
    let (program, address) = product(&farm).await;
    for width in [100, 110, 120] {
        send(&program, &address, &encoded(&halves(width, 100), ImageFormat::Png)).await.expect(201);
    }
    let widths = async || {
        let shown = program.get(&address).await.expect(200).json();
        let pictures = shown["pictures"].as_array().expect("pictures").clone();
        let ids: Vec<String> =
            pictures.iter().map(|picture| picture["id"].as_str().unwrap().to_owned()).collect();
        let widths: Vec<i64> = pictures.iter().map(|picture| picture["width"].as_i64().unwrap()).collect();
        (ids, widths, pictures)
    };
    let (ids, before, _) = widths().await;
    assert_eq!(before, [100, 110, 120]);
    let order = json!({ "order": [ids[2], ids[0], ids[1]] });
    program.put(&format!("{address}/pictures"), &order).await.expect(200);
    assert_eq!(widths().await.1, [120, 100, 110]);
    for wrong in [
        json!([]),
        json!([ids[0], ids[1]]),
        json!([ids[0], ids[0], ids[1]]),
        json!([ids[0], ids[1], ids[2], ids[2]]),
    ] {
        let told = program.put(&format!("{address}/pictures"), &json!({ "order": wrong })).await.expect(422);
        assert_eq!(problems(&told), ["order picture_order"]);
    }
    let browser = farm.registry.signed_in("lan").await;
    let page = address.replace("/api/v1", "");
    browser.send(&page, &format!("{page}/pictures/{}/earlier", ids[0]), &[]).await.expect(303);
    assert_eq!(widths().await.1, [100, 120, 110]);
    browser.send(&page, &format!("{page}/pictures/{}/earlier", ids[0]), &[]).await.expect(303);
    assert_eq!(widths().await.1, [100, 120, 110]);

    let (_, _, pictures) = widths().await;
    let path = pictures[0]["large"].as_str().unwrap().to_owned();
    browser.get(&path).await.expect(200);
    browser.send(&page, &format!("{page}/pictures/{}/remove", ids[0]), &[]).await.expect(303);
    assert_eq!(widths().await.1, [120, 110]);
    browser.get(&path).await.expect(404);
    browser.send(&page, &format!("{page}/pictures/{}/remove", ids[0]), &[]).await.expect(404);
    program.delete(&format!("{address}/pictures/{}", ids[2])).await.expect(204);
    program.delete(&format!("{address}/pictures/{}", ids[2])).await.expect(404);
    // Another firm's manager, and another product of one's own.
    let other = farm.registry.program("other").await;
    other.delete(&format!("{address}/pictures/{}", ids[1])).await.expect(404);
    let second = program.post("/api/v1/products", &item("Hai")).await.expect(201).json();
    let elsewhere = format!("/api/v1/products/{}/pictures/{}", second["id"].as_str().unwrap(), ids[1]);
    program.delete(&elsewhere).await.expect(404);
    assert_eq!(widths().await.1, [110]);
}

async fn six_are_enough_even_at_once(on: On) {
    let farm = farm(on).await;
    let (program, address) = product(&farm).await;
    let pictures: Vec<Vec<u8>> = (0..9).map(|n| encoded(&halves(40 + n, 40), ImageFormat::Png)).collect();
    let all =
        futures_util::future::join_all(pictures.iter().map(|bytes| send(&program, &address, bytes))).await;
    let mut statuses: Vec<u16> = all.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 201, 201, 201, 201, 201, 409, 409, 409]);
    let shown = program.get(&address).await.expect(200).json();
    assert_eq!(shown["pictures"].as_array().expect("pictures").len(), 6);
    let told = send(&program, &address, &pictures[0]).await.expect(409);
    assert_eq!(problems(&told), ["picture too_many_pictures"]);
    let page = address.replace("/api/v1", "");
    let shown = farm.registry.signed_in("lan").await.get(&page).await.expect(200);
    assert!(shown.text.contains("đã có đủ 6 hình") && !shown.text.contains("type=\"file\""));
}

async fn only_pictures_are_served(on: On) {
    let farm = farm(on).await;
    let now = farm.registry.app.clock.now();
    // A scanned document lies in the same table, under the same kind of hash.
    let scan = encoded(&halves(50, 50), ImageFormat::Jpeg);
    let hash = farm
        .registry
        .app
        .store
        .write(async |tx| put_file(tx, MediaType::Jpeg, &scan, now).await)
        .await
        .expect("a file");
    let browser = farm.registry.browser();
    browser.get(&format!("/pictures/{hash}.jpg")).await.expect(404);
    for path in [
        "/pictures/x.jpg",
        "/pictures/..%2f..%2fetc%2fpasswd.jpg",
        "/pictures/",
        "/pictures/'%20OR%201=1.jpg",
    ] {
        browser.get(path).await.expect(404);
    }
    let (program, address) = product(&farm).await;
    let shown = send(&program, &address, &encoded(&halves(50, 50), ImageFormat::Png)).await.expect(201);
    let path = shown.json()["pictures"][0]["large"].as_str().expect("a path").to_owned();
    browser.get(&path).await.expect(200);
    browser
        .get(&path.to_uppercase().replace("/PICTURES", "/pictures").replace(".JPG", ".jpg"))
        .await
        .expect(404);
}
