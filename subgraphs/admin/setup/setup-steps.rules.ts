/** The steps to the first sale: which are done, and the call that does each. */
import { snakeKeys } from '#kernel/casing';
import { COUNTRY_RATES } from '#subgraphs/catalog/index';
import type { Setup, SetupCall, SetupStep, SetupWarning } from '../types.generated';
import type { SetupState } from './setup-state.queries';

/** A call before it is written for both API layers. */
interface Call {
  readonly method: 'POST' | 'PUT';
  /** Path below `/api/v1`. */
  readonly path: string;
  /** Name of the mutation. */
  readonly mutation: string;
  /** The type of the argument `input`. */
  readonly input: string;
  /** Id in the path. Optional. */
  readonly id?: string | null;
  /** The input, in camelCase. */
  readonly body: Readonly<Record<string, unknown>>;
}

type Step = Omit<SetupStep, 'call'> & { readonly call: Call | null };

/** The steps and warnings of a shop. @param mailIsSent whether the platform has a mail server. */
export function toSetup(state: SetupState, mailIsSent: boolean): Setup {
  const steps = [
    ...shopSteps(state),
    ...placeSteps(state),
    ...goodsSteps(state),
    ...saleSteps(state),
    ...optionalSteps(state, mailIsSent),
  ];
  return {
    ready: steps.every(({ code, done, required }) => done || !required || code === 'first_sale'),
    steps: steps.map(({ call, ...step }) => ({ ...step, call: call && toSetupCall(call) })),
    warnings: setupWarnings(state),
  };
}

function toSetupCall({ method, path, mutation, input, id, body }: Call): SetupCall {
  const [declared, passed] = id == null ? ['', ''] : ['$id: ID!, ', 'id: $id, '];
  return {
    method,
    path: `/api/v1${path}`,
    body: snakeKeys(body),
    query: `mutation (${declared}$input: ${input}!) { ${mutation}(${passed}input: $input) { id } }`,
    variables: id == null ? { input: body } : { id, input: body },
  };
}

function shopSteps({ organizationName, branchId, country }: SetupState): Step[] {
  return [
    {
      code: 'organization',
      done: true,
      required: true,
      title: 'Register the organization',
      detail: 'The business with its currency. A registration with a country also does the next five steps.',
      call: {
        method: 'PUT',
        path: '/organization',
        mutation: 'updateOrganization',
        input: 'UpdateOrganizationInput',
        body: { name: organizationName, taxNumber: 'DE123456789' },
      },
    },
    {
      code: 'branch',
      done: branchId !== null,
      required: true,
      title: 'Open a branch',
      detail: 'A place of business, which has registers and a warehouse.',
      call: {
        method: 'POST',
        path: '/branches',
        mutation: 'createBranch',
        input: 'CreateBranchInput',
        body: { name: 'High Street', country: 'DE' },
      },
    },
    {
      code: 'country',
      done: country !== null,
      required: false,
      title: 'Name the country of the branch',
      detail: 'It completes phone numbers without a country code.',
      call: {
        method: 'PUT',
        path: `/branches/${branchId}`,
        mutation: 'updateBranch',
        input: 'UpdateBranchInput',
        id: branchId,
        body: { country: 'DE' },
      },
    },
  ];
}

function placeSteps(state: SetupState): Step[] {
  const { branchId, branchName, country } = state;
  const place = { name: branchName ?? state.organizationName, branchId };
  const rate = country === null ? undefined : Object.values(COUNTRY_RATES[country]?.rates ?? {})[0];
  return [
    {
      code: 'tax_class',
      done: state.taxClass !== null,
      required: true,
      title: 'Create the tax classes',
      detail: taxClassDetail(country),
      call: {
        method: 'POST',
        path: '/tax-classes',
        mutation: 'createTaxClass',
        input: 'CreateTaxClassInput',
        body: { name: 'Standard', code: 'standard', rate: rate ?? '20', isDefault: true },
      },
    },
    {
      code: 'warehouse',
      done: state.warehouseId !== null,
      required: true,
      title: 'Create the selling warehouse of the branch',
      detail: 'The branch sells from it. It also comes by itself soon after the branch.',
      call: {
        method: 'POST',
        path: '/inventory/warehouses',
        mutation: 'createWarehouse',
        input: 'CreateWarehouseInput',
        body: { ...place, code: 'MAIN', isSelling: true },
      },
    },
    {
      code: 'register',
      done: state.registerId !== null,
      required: true,
      title: 'Create a register',
      detail: 'A point of sale with a cash drawer, in the branch.',
      call: {
        method: 'POST',
        path: '/pos/registers',
        mutation: 'createRegister',
        input: 'CreateRegisterInput',
        body: { ...place, name: 'Register 1', code: '1' },
      },
    },
  ];
}

function taxClassDetail(country: string | null): string {
  const known = country === null ? undefined : COUNTRY_RATES[country];
  const rates =
    'Products have a tax class, whose rate may change on a day; the default one is that of new products.';
  if (!known) return rates;
  return `${rates} The rates of ${country} that PosPro knows are those of ${known.asOf}; compare them with ${known.source}.`;
}

function goodsSteps({ taxClass, sku, sellsWithoutStock, hasStock }: SetupState): Step[] {
  return [
    {
      code: 'product',
      done: sku !== null,
      required: true,
      title: 'Create a product with a price and a tax class',
      detail: 'Or import a file: POST /api/v1/products/bulk-create takes CSV and XLSX.',
      call: {
        method: 'POST',
        path: '/products',
        mutation: 'createProduct',
        input: 'CreateProductInput',
        body: {
          name: 'Oolong tea 100 g',
          sku: 'TEA-OOLONG-100',
          price: '6.90',
          ...(taxClass !== null && { taxClass }),
          initialStock: [{ quantity: '24' }],
        },
      },
    },
    {
      code: 'stock',
      done: hasStock || sellsWithoutStock === true,
      required: true,
      title: 'Enter the stock',
      detail: 'Goods whose stock is tracked can be sold only while they are on hand.',
      call: {
        method: 'POST',
        path: '/inventory/adjustment',
        mutation: 'adjustStock',
        input: 'AdjustStockInput',
        body: { sku: sku ?? 'TEA-OOLONG-100', counted: '24' },
      },
    },
  ];
}

function saleSteps({ registerId, openRegisterId, sku, hasOrders }: SetupState): Step[] {
  return [
    {
      code: 'register_open',
      done: openRegisterId !== null,
      required: true,
      title: 'Open the register',
      detail: 'With the cash in its drawer. Sales belong to the session until the register is closed.',
      call: {
        method: 'POST',
        path: '/pos/register/open',
        mutation: 'openRegister',
        input: 'OpenRegisterInput',
        body: { registerId, openingFloat: '100' },
      },
    },
    {
      code: 'first_sale',
      done: hasOrders,
      required: true,
      title: 'Sell',
      detail: 'Its receipt: POST /api/v1/pos/receipt/print with the order_id.',
      call: {
        method: 'POST',
        path: '/pos/checkout',
        mutation: 'checkout',
        input: 'CheckoutInput',
        body: { items: [{ sku: sku ?? 'TEA-OOLONG-100', quantity: '1' }], paymentMethod: 'cash' },
      },
    },
  ];
}

function optionalSteps({ hasColleagues }: SetupState, mailIsSent: boolean): Step[] {
  return [
    {
      code: 'colleague',
      done: hasColleagues,
      required: false,
      title: 'Invite a colleague',
      detail: 'An e-mail invites to choose a password. A cashier sells and cannot change the catalogue.',
      call: {
        method: 'POST',
        path: '/auth/register',
        mutation: 'registerUser',
        input: 'RegisterUserInput',
        body: { email: 'cashier@shop.example', name: 'Chris Ellis', role: 'cashier' },
      },
    },
    {
      code: 'mail',
      done: mailIsSent,
      required: false,
      title: 'Send e-mails',
      detail:
        'Set SMTP_URL, MAIL_FROM and PUBLIC_URL in the environment of the server. Until then e-mails go to its log.',
      call: null,
    },
  ];
}

function setupWarnings(state: SetupState): SetupWarning[] {
  const { country, taxRate, productsWithoutTaxClass: count } = state;
  const known = country === null ? undefined : COUNTRY_RATES[country];
  const warnings: SetupWarning[] = [];
  if (count > 0) {
    const message =
      'There are products without a tax class, which are sold without tax: set their tax class with PUT /api/v1/products/{id}.';
    warnings.push({ code: 'PRODUCTS_WITHOUT_TAX_CLASS', message, count });
  }
  if (known?.note !== undefined && taxRate?.equals(Object.values(known.rates)[0]!) === true)
    warnings.push({ code: 'TAX_RATE', message: known.note, count: null });
  return warnings;
}
