/** The fixed texts of receipts and mails in English: the catalogue that says which texts there are. */
export const en = {
  'receipt.taxNumber': 'Tax no. {number}',
  'receipt.training': 'TRAINING - NOT A RECEIPT',
  'receipt.void': 'VOID',
  'receipt.return': 'RETURN',
  'receipt.copy': 'COPY {number}',
  'receipt.number': 'Receipt',
  'receipt.original': 'For receipt',
  'receipt.date': 'Date',
  'receipt.register': 'Register',
  'receipt.cashier': 'Cashier',
  'receipt.quantity': '{quantity} x {price}',
  'receipt.discount': 'Discount',
  'receipt.subtotal': 'Subtotal',
  'receipt.discounts': 'Discounts',
  'receipt.tax': 'Tax',
  'receipt.net': 'Net',
  'receipt.taxAmount': 'Amount',
  'receipt.rounding': 'Rounding',
  'receipt.total': 'TOTAL {currency}',
  'receipt.change': 'Change',
  'receipt.tip': 'Tip, {method}',
  'paymentMethod.cash': 'Cash',
  'paymentMethod.card': 'Card',
  'paymentMethod.bank_transfer': 'Bank transfer',
  'paymentMethod.credit': 'Customer account',
  'paymentMethod.gift_card': 'Gift card',
  'paymentMethod.store_credit': 'Store credit',
  'paymentMethod.mobile': 'Mobile payment',
  'paymentMethod.other': 'Other',
  'paymentMethod.exchange': 'Exchange',
  'mail.greeting': 'Hello {name},',
  'mail.code': 'If you are asked for a code instead, enter this one:',
  'mail.passwordReset.subject': 'Choose a new password',
  'mail.passwordReset.start': {
    one: 'a new password was requested for your PosPro account. Choose it here within an hour:',
    other: 'a new password was requested for your PosPro account. Choose it here within {count} hours:',
  },
  'mail.passwordReset.end':
    'The code works once, and afterwards you are signed out everywhere. If you did not request this, ignore this e-mail: nothing has changed.',
  'mail.invitation.subject': 'Your account at {organization}',
  'mail.invitation.start': {
    one: 'you have been given a PosPro account at {organization}. Choose your password here within a day:',
    other:
      'you have been given a PosPro account at {organization}. Choose your password here within {count} days:',
  },
  'mail.invitation.end': 'Afterwards you sign in with {email} and that password.',
  'mail.verifyEmail.subject': 'Please confirm your e-mail address',
  'mail.verifyEmail.start': {
    one: 'please confirm that this address is yours, within a day:',
    other: 'please confirm that this address is yours, within {count} days:',
  },
  'mail.verifyEmail.end': 'If you have not registered with PosPro, ignore this e-mail.',
  'mail.accountLocked.subject': {
    one: 'Your account is locked for a minute',
    other: 'Your account is locked for {count} minutes',
  },
  'mail.accountLocked.start': {
    one: 'there were {failures} attempts to sign in to your PosPro account with a wrong password or code, so no one can sign in to it for the next minute. Devices that are already signed in keep working.',
    other:
      'there were {failures} attempts to sign in to your PosPro account with a wrong password or code, so no one can sign in to it for the next {count} minutes. Devices that are already signed in keep working.',
  },
  'mail.accountLocked.end':
    'If these attempts were not yours, set up a second factor, and choose a password that you use nowhere else.',
  'mail.ticket.confirmation':
    'We have received your message and will reply. Its number is {number}: keep it in the subject if you write to us again about it.',
  'mail.ticket.rating': 'Were we helpful? {link}',
} as const;
