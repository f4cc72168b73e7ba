//! Two firms and one lot by the JSON API alone: from three applications to a sale. Knows an address and nothing of the registry's insides,
//! so that a registry in the test's own process and the program itself are arranged alike.

use data_encoding::BASE64;
use reqwest::multipart::{Form, Part};
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

/// The password of everybody on the way.
const PASSWORD: &str = "một câu dài dễ nhớ";

/// The product's GTIN.
pub(crate) const GTIN: &str = "09520000000011";

/// The steps of the lot in their order.
pub(crate) const STEPS: [&str; 7] = ["harvest", "ship", "receive", "pack", "ship", "receive", "sell"];

/// A program at a registry: JSON, with a token or without.
#[derive(Clone)]
pub(crate) struct Api {
    base: String,
    client: Client,
    /// The secret of the token.
    pub(crate) token: Option<String>,
}

impl Api {
    /// A program without a token.
    pub(crate) fn at(base: &str, client: &Client) -> Self {
        Self { base: base.to_owned(), client: client.clone(), token: None }
    }

    async fn send(&self, request: RequestBuilder) -> (u16, Value) {
        let request = request.header("accept", "application/json");
        let request = match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        let answer = request.send().await.expect("an answer");
        let status = answer.status().as_u16();
        let body = answer.bytes().await.expect("a whole answer");
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }

    /// The status and body of a GET; a body that is no JSON is null.
    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        self.send(self.client.get(format!("{}{path}", self.base))).await
    }

    /// The status and body of a POST.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        self.send(self.client.post(format!("{}{path}", self.base)).json(body)).await
    }

    /// What a GET answers with 200.
    pub(crate) async fn read(&self, path: &str) -> Value {
        let (status, body) = self.get(path).await;
        assert_eq!(status, 200, "GET {path}: {body}");
        body
    }

    /// What a POST answers with this status.
    pub(crate) async fn done(&self, status: u16, path: &str, body: &Value) -> Value {
        let (got, answer) = self.post(path, body).await;
        assert_eq!(got, status, "POST {path}: {answer}");
        answer
    }

    /// The same program with a token of this person with all scopes.
    pub(crate) async fn signed_in(&self, sign_in: &str, password: &str) -> Self {
        let asked = json!({
            "sign_in": sign_in, "password": password, "name": "trang trại",
            "scopes": ["read", "record", "manage"], "days": 30,
        });
        let token = self.done(201, "/api/v1/tokens", &asked).await;
        Self { token: Some(text(&token, "secret")), ..self.clone() }
    }
}

/// A text member of an answer.
#[track_caller]
pub(crate) fn text(answer: &Value, member: &str) -> String {
    answer[member].as_str().unwrap_or_else(|| panic!("no {member} in {answer}")).to_owned()
}

/// A firm that applied, was approved, signed up and has a place.
pub(crate) struct Firm {
    /// The firm's program.
    pub(crate) api: Api,
    /// The id of its place.
    pub(crate) place: String,
    /// The code of its place.
    pub(crate) place_code: String,
    /// Its tax number.
    pub(crate) tax: &'static str,
}

impl Firm {
    /// Applies, is approved by `office`, signs up, takes a token, and enters its place.
    pub(crate) async fn begin(
        office: &Api,
        kind: &str,
        name: &str,
        tax: &'static str,
        sign_in: &str,
        place: &str,
    ) -> Self {
        let anybody = Api { token: None, ..office.clone() };
        let application = json!({
            "kind": kind, "name": name, "tax_number": tax, "commune": "00004",
            "address": "Thôn Đông, số 7", "contact_name": "Nguyễn Thị Liên", "contact_phone": "0912345678",
            "document": BASE64.encode(b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"),
        });
        let reference = anybody.done(201, "/api/v1/applications", &application).await["reference"].clone();
        let queue = office.read("/api/v1/applications").await;
        let waiting = queue["applications"].as_array().expect("a list");
        let own = waiting.iter().find(|one| one["reference"] == reference).expect("the application");
        let approve = format!("/api/v1/applications/{}/approve", text(own, "id"));
        let code = office.done(200, &approve, &json!({})).await["code"].clone();
        let person = json!({ "code": code, "sign_in": sign_in, "name": "Liên", "password": PASSWORD });
        anybody.done(201, "/api/v1/sign-up", &person).await;
        let api = anybody.signed_in(sign_in, PASSWORD).await;
        let place = json!({ "kind": place, "name": format!("Khu 1 của {name}"), "commune": "00004" });
        let place = api.done(201, "/api/v1/places", &place).await;
        Self { api, place: text(&place, "id"), place_code: text(&place, "code"), tax }
    }

    /// So much of a lot at the firm's place.
    pub(crate) fn some(&self, kilograms: u32) -> Value {
        json!({ "place": self.place, "quantity": { "amount": kilograms, "unit": "kg" } })
    }
}

/// The three firms and the lot that went through their hands.
pub(crate) struct Journey {
    pub(crate) farm: Firm,
    pub(crate) packer: Firm,
    pub(crate) shop: Firm,
    /// The lot's id.
    pub(crate) lot: String,
}

impl Journey {
    /// Everything from the applications to the sale; `office` is an officer's program. `later` is called before each act: where the
    /// clock stands, it has to be moved, for what happens at one moment has no order.
    pub(crate) async fn made(office: &Api, later: impl Fn()) -> Self {
        let farm_name = "Hợp tác xã Rau sạch Vân Mẫu";
        let farm = Firm::begin(office, "cooperative", farm_name, "9900001073", "van-noi", "greenhouse").await;
        let packer_name = "Công ty Đóng gói Sao Mai";
        let packer =
            Firm::begin(office, "processor", packer_name, "9900001147", "sao-mai", "packhouse").await;
        let shop_name = "Cửa hàng Thực phẩm Hồ Tây";
        let shop = Firm::begin(office, "shop", shop_name, "9900001210-002", "ho-tay", "shop").await;

        let product = product(&farm.api).await;
        let mut lot = farm.some(120);
        lot["product"] = json!(product);
        lot["code"] = json!("HN-2611-07");
        later();
        let lot = text(&farm.api.done(201, "/api/v1/lots", &lot).await["lot"], "id");
        handed_over(&farm, &packer, &lot, 100, &later).await;
        later();
        packer.api.done(201, &format!("/api/v1/lots/{lot}/pack"), &packer.some(90)).await;
        handed_over(&packer, &shop, &lot, 80, &later).await;
        later();
        shop.api.done(201, &format!("/api/v1/lots/{lot}/sell"), &shop.some(5)).await;
        Self { farm, packer, shop, lot }
    }

    /// Fails unless `shown`, the JSON behind the lot's code, is in order and tells every stage with product code, place code and time.
    #[track_caller]
    pub(crate) fn assert_told(&self, shown: &Value) {
        assert_eq!(
            (&shown["verdict"], &shown["signature"]),
            (&json!("in_order"), &json!("valid")),
            "{shown}"
        );
        let stages = shown["chain"].as_array().expect("stages");
        let steps: Vec<&str> = stages.iter().filter_map(|stage| stage["step"].as_str()).collect();
        assert_eq!(steps, STEPS);
        for (stage, place) in stages.iter().zip(self.place_codes()) {
            assert_eq!((&stage["product_code"], &stage["place_code"]), (&json!(GTIN), &json!(place)));
            let time = text(stage, "time");
            assert!(time.starts_with("20") && time.ends_with("+07:00"), "{time}");
        }
    }

    /// Where each of the steps was.
    pub(crate) fn place_codes(&self) -> [&str; 7] {
        let [farm, packer, shop] =
            [&self.farm, &self.packer, &self.shop].map(|firm| firm.place_code.as_str());
        [farm, farm, packer, packer, packer, shop, shop]
    }
}

/// A product with all that the law wants to see of one, its picture too.
async fn product(farm: &Api) -> String {
    let product = json!({
        "gtin": GTIN, "group": "rau", "name": "Cải ngọt", "unit": "gram", "shelf_life_days": 5,
        "storage": "Ngăn mát tủ lạnh, 4–8 °C", "standards": "TCVN 11892-1:2017",
    });
    let product = text(&farm.done(201, "/api/v1/products", &product).await, "id");
    let picture = image::RgbImage::from_fn(640, 480, |x, y| {
        let shade = u8::try_from((x * 7 + y * 13) % 160).expect("a shade");
        image::Rgb([shade / 2, 80 + shade, shade / 3])
    });
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, image::ImageFormat::Png).expect("a picture");
    let form = Form::new().part("picture", Part::bytes(bytes.into_inner()).file_name("cai-ngot.png"));
    let path = format!("{}/api/v1/products/{product}/pictures", farm.base);
    let (status, answer) = farm.send(farm.client.post(path).multipart(form)).await;
    assert_eq!(status, 201, "{answer}");
    product
}

/// A shipment that its receiver finds on the way to it and receives whole.
async fn handed_over(from: &Firm, to: &Firm, lot: &str, kilograms: u32, later: &impl Fn()) {
    let mut ship = from.some(kilograms);
    ship["to"] = json!(to.tax);
    later();
    let sent = from.api.done(201, &format!("/api/v1/lots/{lot}/ship"), &ship).await;
    let incoming = to.api.read("/api/v1/shipments").await;
    let shipment = text(&incoming["shipments"][0], "id");
    assert_eq!(sent["event"], shipment);
    later();
    to.api.done(201, &format!("/api/v1/shipments/{shipment}/receive"), &to.some(kilograms)).await;
}
