/**
 * Words of column names, in lower case and without accents. A name is split at everything that is no letter, and at the capitals of
 * camelCase, so that these are whole words: `tip` holds no `ip`.
 */

const list = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/))

/** What a column is about, by any one of these words; the key is what is told. */
export const kinds: Record<string, ReadonlySet<string>> = {
  'an e-mail address': list(
    'email emails mail mails emailaddress emailadresse emailadres correo courriel eposta epost posta',
  ),
  'a phone number': list(`
    phone phones phonenumber telephone telefon telefono telefone telefoon telefonnummer tel mobile mobilephone mobil movil
    mobilnummer cell cellphone cellulare celular handy handynummer fax msisdn whatsapp sms portable puhelin`),
  'a postal address': list(`
    address addresses addr street streetaddress adresse anschrift strasse hausnummer direccion domicilio
    calle indirizzo endereco rua adres straat huisnummer adress gata ulica adresa osoite`),
  'a postal code': list(
    'zip zipcode postal postalcode postcode plz postleitzahl codepostal cep codigopostal postnummer kodpocztowy',
  ),
  'a date of birth': list(`
    birth birthday birthdate dob dateofbirth born geburt geburtsdatum geburtstag naissance nacimiento nascita nascimento
    geboortedatum fodelsedatum`),
  'an official number': list(`
    ssn socialsecurity passport passportnumber nationalid nin nino taxid dni nif nie curp cpf pesel bsn personnummer ausweis
    ausweisnummer reisepass passeport pasaporte passaporto codicefiscale steuernummer sozialversicherungsnummer driverlicense`),
  'a bank or card number': list(`
    iban card cards creditcard cardnumber ccnumber cvv cvc pan kreditkarte kartennummer kontonummer accountnumber bankaccount
    rekeningnummer`),
  'a network address': list('ip ipaddress ipaddr ipv mac macaddress'),
  'a place on the map': list(
    'latitude longitude lat lng lon latlng latlong geolocation gps coordinates breitengrad laengengrad',
  ),
  'a name of a person': list(`
    firstname lastname fullname surname forename givenname familyname middlename maidenname nickname username displayname
    vorname nachname familienname prenom nombre nombres apellido apellidos cognome sobrenome voornaam achternaam imie
    nazwisko fornamn efternamn etunimi sukunimi`),
}

/** Words that say so only beside another: each list must be there whole. */
export const phrases: readonly [kind: string, words: readonly string[]][] = [
  ['an official number', ['social', 'security']],
  ['an official number', ['national', 'id']],
  ['an official number', ['tax', 'id']],
  ['an official number', ['driver', 'license']],
  ['an official number', ['drivers', 'license']],
  ['an official number', ['codice', 'fiscale']],
  ['a bank or card number', ['account', 'number']],
  ['a bank or card number', ['bank', 'account']],
  ['a bank or card number', ['cc', 'number']],
  ['a postal code', ['code', 'postal']],
  ['a postal code', ['codigo', 'postal']],
]

/** A name of something, which is a person's unless another word says what else has it. */
export const nameWords = list('name names nom nome namn naam')

/** Alone, these are parts of a person's name. */
export const nameAlone = list('first last full given family middle sur contact')

/** What has names, addresses and places without being a person. */
export const things = list(`
  product products produit producto produkt item items article artikel sku brand brands marke store stores shop shops boutique tienda
  filiale branch warehouse office company companies firma business organization organisation org brewery merchant supplier vendor
  campaign event events file files folder field column table list lists segment audience category categories collection group
  groups team department division role plan tier program programme channel source medium page site website web url domain host
  server device browser app application model country city region state province county language currency color colour size
  template tag tags label coupon promo promotion discount subscription service feature job task project process
  workflow rule metric property attribute key type status course school hotel airport station venue location destination`)

/** Last words that say something about the data, which is not the data. */
export const aboutLast = list(`
  count counts total totals optin optout in out flag status state type types kind consent verified valid validated
  confirmed unconfirmed sent opened open opens clicked clicks bounced bounces delivered subscribed unsubscribed enabled disabled
  preference preferences allowed rate ratio score quality length at on date time timestamp since frequency tier balance limit brand
  format version provider reason source category opted`)

/** First words of a yes or no, or of a number. */
export const aboutFirst = list(
  'is has had can may should allow allows accepts wants num nb n count total number opted gift',
)

/** In scripts without such words, parts of the name. */
export const scriptParts: readonly [kind: string, part: string][] = [
  ['a name of a person', '姓名'],
  ['a name of a person', '氏名'],
  ['a name of a person', '名前'],
  ['a name of a person', '이름'],
  ['a name of a person', 'имя'],
  ['a name of a person', 'фамилия'],
  ['an e-mail address', 'メール'],
  ['an e-mail address', '邮箱'],
  ['an e-mail address', '이메일'],
  ['an e-mail address', 'почта'],
  ['a phone number', '電話'],
  ['a phone number', '电话'],
  ['a phone number', '手机'],
  ['a phone number', '전화'],
  ['a phone number', 'телефон'],
  ['a postal address', '住所'],
  ['a postal address', '地址'],
  ['a postal address', '주소'],
  ['a postal address', 'адрес'],
  ['a date of birth', '生年月日'],
  ['a date of birth', '生日'],
]
