/** French. */
import type { Catalog } from '../catalog';

export const fr: Catalog = {
  'receipt.taxNumber': 'N° fiscal {number}',
  'receipt.training': "FORMATION - CECI N'EST PAS UN TICKET",
  'receipt.void': 'ANNULATION',
  'receipt.return': 'RETOUR',
  'receipt.copy': 'DUPLICATA {number}',
  'receipt.number': 'Ticket',
  'receipt.original': 'Pour le ticket',
  'receipt.date': 'Date',
  'receipt.register': 'Caisse',
  'receipt.cashier': 'Servi par',
  'receipt.quantity': '{quantity} x {price}',
  'receipt.discount': 'Remise',
  'receipt.subtotal': 'Sous-total',
  'receipt.discounts': 'Remises',
  'receipt.tax': 'Taxe',
  'receipt.net': 'HT',
  'receipt.taxAmount': 'Montant',
  'receipt.rounding': 'Arrondi',
  'receipt.total': 'TOTAL {currency}',
  'receipt.change': 'Rendu',
  'receipt.tip': 'Pourboire, {method}',
  'paymentMethod.cash': 'Espèces',
  'paymentMethod.card': 'Carte',
  'paymentMethod.bank_transfer': 'Virement',
  'paymentMethod.credit': 'Compte client',
  'paymentMethod.gift_card': 'Carte cadeau',
  'paymentMethod.store_credit': 'Avoir',
  'paymentMethod.mobile': 'Paiement mobile',
  'paymentMethod.other': 'Autre',
  'paymentMethod.exchange': 'Échange',
  'mail.greeting': 'Bonjour {name},',
  'mail.code': 'Si un code vous est demandé à la place, saisissez celui-ci :',
  'mail.passwordReset.subject': 'Choisissez un nouveau mot de passe',
  'mail.passwordReset.start': {
    one: 'Un nouveau mot de passe a été demandé pour votre compte PosPro. Choisissez-le ici dans un délai de {count} heure :',
    other:
      'Un nouveau mot de passe a été demandé pour votre compte PosPro. Choisissez-le ici dans un délai de {count} heures :',
  },
  'mail.passwordReset.end':
    "Le code n'est valable qu'une fois ; ensuite, vous serez déconnecté de tous vos appareils. Si vous n'êtes pas à l'origine de cette demande, ignorez cet e-mail : rien n'a changé.",
  'mail.invitation.subject': 'Votre compte chez {organization}',
  'mail.invitation.start': {
    one: 'Un compte PosPro a été créé pour vous chez {organization}. Choisissez votre mot de passe ici dans un délai de {count} jour :',
    other:
      'Un compte PosPro a été créé pour vous chez {organization}. Choisissez votre mot de passe ici dans un délai de {count} jours :',
  },
  'mail.invitation.end': 'Vous vous connecterez ensuite avec {email} et ce mot de passe.',
  'mail.verifyEmail.subject': 'Veuillez confirmer votre adresse e-mail',
  'mail.verifyEmail.start': {
    one: 'Veuillez confirmer que cette adresse est la vôtre, dans un délai de {count} jour :',
    other: 'Veuillez confirmer que cette adresse est la vôtre, dans un délai de {count} jours :',
  },
  'mail.verifyEmail.end': 'Si vous ne vous êtes pas inscrit à PosPro, ignorez cet e-mail.',
  'mail.accountLocked.subject': {
    one: 'Votre compte est bloqué pendant {count} minute',
    other: 'Votre compte est bloqué pendant {count} minutes',
  },
  'mail.accountLocked.start': {
    one: "Il y a eu {failures} tentatives de connexion à votre compte PosPro avec un mot de passe ou un code erroné. Aucune connexion n'est donc possible pendant {count} minute. Les appareils déjà connectés continuent de fonctionner.",
    other:
      "Il y a eu {failures} tentatives de connexion à votre compte PosPro avec un mot de passe ou un code erroné. Aucune connexion n'est donc possible pendant {count} minutes. Les appareils déjà connectés continuent de fonctionner.",
  },
  'mail.accountLocked.end':
    "Si ces tentatives ne venaient pas de vous, configurez un second facteur et choisissez un mot de passe que vous n'utilisez nulle part ailleurs.",
  'mail.ticket.confirmation':
    'Nous avons bien reçu votre message et nous vous répondrons. Il porte le numéro {number} : gardez-le dans l’objet si vous nous écrivez de nouveau à ce sujet.',
  'mail.ticket.rating': 'Vous avons-nous bien aidé ? {link}',
};
