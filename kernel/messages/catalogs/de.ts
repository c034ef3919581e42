/** German. */
import type { Catalog } from '../catalog';

export const de: Catalog = {
  'receipt.taxNumber': 'Steuernr. {number}',
  'receipt.training': 'SCHULUNG - KEIN BELEG',
  'receipt.void': 'STORNO',
  'receipt.return': 'RÜCKGABE',
  'receipt.copy': 'KOPIE {number}',
  'receipt.number': 'Beleg',
  'receipt.original': 'Zu Beleg',
  'receipt.date': 'Datum',
  'receipt.register': 'Kasse',
  'receipt.cashier': 'Bedient von',
  'receipt.quantity': '{quantity} x {price}',
  'receipt.discount': 'Rabatt',
  'receipt.subtotal': 'Zwischensumme',
  'receipt.discounts': 'Rabatte',
  'receipt.tax': 'Steuer',
  'receipt.net': 'Netto',
  'receipt.taxAmount': 'Betrag',
  'receipt.rounding': 'Rundung',
  'receipt.total': 'SUMME {currency}',
  'receipt.change': 'Rückgeld',
  'receipt.tip': 'Trinkgeld, {method}',
  'paymentMethod.cash': 'Bar',
  'paymentMethod.card': 'Karte',
  'paymentMethod.bank_transfer': 'Überweisung',
  'paymentMethod.credit': 'Kundenkonto',
  'paymentMethod.gift_card': 'Geschenkkarte',
  'paymentMethod.store_credit': 'Guthaben',
  'paymentMethod.mobile': 'Mobile Zahlung',
  'paymentMethod.other': 'Sonstiges',
  'paymentMethod.exchange': 'Umtausch',
  'mail.greeting': 'Hallo {name},',
  'mail.code': 'Wenn stattdessen nach einem Code gefragt wird, geben Sie diesen ein:',
  'mail.passwordReset.subject': 'Neues Passwort wählen',
  'mail.passwordReset.start': {
    one: 'für Ihr PosPro-Konto wurde ein neues Passwort angefordert. Wählen Sie es hier innerhalb einer Stunde:',
    other:
      'für Ihr PosPro-Konto wurde ein neues Passwort angefordert. Wählen Sie es hier innerhalb von {count} Stunden:',
  },
  'mail.passwordReset.end':
    'Der Code gilt einmal, danach sind Sie überall abgemeldet. Wenn Sie das nicht angefordert haben, ignorieren Sie diese E-Mail: Es hat sich nichts geändert.',
  'mail.invitation.subject': 'Ihr Konto bei {organization}',
  'mail.invitation.start': {
    one: 'Sie haben ein PosPro-Konto bei {organization} erhalten. Wählen Sie Ihr Passwort hier innerhalb eines Tages:',
    other:
      'Sie haben ein PosPro-Konto bei {organization} erhalten. Wählen Sie Ihr Passwort hier innerhalb von {count} Tagen:',
  },
  'mail.invitation.end': 'Danach melden Sie sich mit {email} und diesem Passwort an.',
  'mail.verifyEmail.subject': 'Bitte bestätigen Sie Ihre E-Mail-Adresse',
  'mail.verifyEmail.start': {
    one: 'bitte bestätigen Sie innerhalb eines Tages, dass diese Adresse Ihnen gehört:',
    other: 'bitte bestätigen Sie innerhalb von {count} Tagen, dass diese Adresse Ihnen gehört:',
  },
  'mail.verifyEmail.end': 'Wenn Sie sich nicht bei PosPro registriert haben, ignorieren Sie diese E-Mail.',
  'mail.accountLocked.subject': {
    one: 'Ihr Konto ist für eine Minute gesperrt',
    other: 'Ihr Konto ist für {count} Minuten gesperrt',
  },
  'mail.accountLocked.start': {
    one: 'es gab {failures} Anmeldeversuche bei Ihrem PosPro-Konto mit falschem Passwort oder Code. Deshalb ist in der nächsten Minute keine Anmeldung möglich. Geräte, die bereits angemeldet sind, funktionieren weiter.',
    other:
      'es gab {failures} Anmeldeversuche bei Ihrem PosPro-Konto mit falschem Passwort oder Code. Deshalb ist in den nächsten {count} Minuten keine Anmeldung möglich. Geräte, die bereits angemeldet sind, funktionieren weiter.',
  },
  'mail.accountLocked.end':
    'Wenn diese Versuche nicht von Ihnen waren, richten Sie einen zweiten Faktor ein und wählen Sie ein Passwort, das Sie sonst nirgends verwenden.',
  'mail.ticket.confirmation':
    'Wir haben Ihre Nachricht erhalten und werden antworten. Sie hat die Nummer {number}: Lassen Sie sie im Betreff stehen, wenn Sie uns noch einmal dazu schreiben.',
  'mail.ticket.rating': 'Konnten wir Ihnen helfen? {link}',
};
