/**
 * The assortment of the demo shop: a neighbourhood grocer with a café corner and a gift shelf. Brands are
 * invented. Three sizes or sorts of each article make a few hundred products; all derived values (SKU, EAN,
 * cost) follow from the place in this list, so the shop is the same on every machine.
 */

export interface DemoArticle {
  name: string;
  brand: string;
  /** Price of the first sort in the major unit; the others follow. */
  price: number;
}

export interface DemoDepartment {
  category: string;
  taxClass: 'standard' | 'reduced' | 'zero' | 'fresh';
  unit: 'piece' | 'kg';
  /** In years; undefined for no minimum. Germany, where the shop is: beer and wine from 16 (JuSchG § 9). */
  minimumAge?: number;
  sorts: readonly [string, string, string];
  articles: readonly DemoArticle[];
}

/** "Green Tea 3.2 Northleaf, …" → articles; the shelf list below stays readable as a list. */
function shelf(text: string): DemoArticle[] {
  return text.split(';').map((entry) => {
    const match = /^\s*(.+?) (\d+(?:\.\d+)?) (.+?)\s*$/.exec(entry);
    if (!match) throw new Error(`The shelf entry "${entry}" does not read "name price brand".`);
    return { name: match[1]!, price: Number(match[2]), brand: match[3]! };
  });
}

export const DEPARTMENTS: readonly DemoDepartment[] = [
  {
    category: 'Fruit and vegetables',
    taxClass: 'fresh',
    unit: 'kg',
    sorts: ['loose', 'organic', 'family bag'],
    articles: shelf(`Apples Braeburn 2.99 Hillside Farm; Pears Conference 3.29 Hillside Farm; Bananas 1.79 Solaria;
      Oranges 2.49 Solaria; Carrots 1.29 Hillside Farm; Potatoes 1.19 Hillside Farm; Tomatoes on the vine 3.99 Solaria;
      Cucumbers 2.2 Hillside Farm; Onions 1.39 Hillside Farm`),
  },
  {
    category: 'Dairy and eggs',
    taxClass: 'reduced',
    unit: 'piece',
    sorts: ['500 g', '1 kg', 'lactose free 500 g'],
    articles: shelf(`Natural Yoghurt 1.19 Alder Dairy; Strawberry Yoghurt 1.39 Alder Dairy; Whole Milk 1.25 Alder Dairy;
      Butter 2.79 Alder Dairy; Cheddar 4.99 Stonebridge; Mozzarella 1.69 Stonebridge; Cream Cheese 1.99 Stonebridge;
      Free Range Eggs 3.19 Hillside Farm`),
  },
  {
    category: 'Bakery',
    taxClass: 'reduced',
    unit: 'piece',
    sorts: ['plain', 'wholegrain', 'with seeds'],
    articles: shelf(`Country Loaf 3.8 Old Mill; Baguette 1.9 Old Mill; Rye Bread 3.6 Old Mill; Breakfast Roll 0.65 Old Mill;
      Bagel 1.2 Old Mill; Croissant 1.55 Old Mill; Crispbread 2.35 Fjord; Pretzel 1.1 Old Mill`),
  },
  {
    category: 'Coffee and tea',
    taxClass: 'reduced',
    unit: 'piece',
    sorts: ['125 g', '250 g', '500 g'],
    articles: shelf(`Espresso Beans 4.95 Meridian; Filter Coffee Ground 3.95 Meridian; Decaf Beans 5.25 Meridian;
      Single Origin Ethiopia 6.9 Meridian; Earl Grey 3.2 Northleaf; Green Tea 3.2 Northleaf; Peppermint Tea 2.4 Northleaf;
      Hot Chocolate 3.6 Meridian`),
  },
  {
    category: 'Soft drinks',
    taxClass: 'standard',
    unit: 'piece',
    sorts: ['0.33 l', '0.5 l', '1.0 l'],
    articles: shelf(`Sparkling Water 0.75 Clearspring; Still Water 0.7 Clearspring; Lemonade 1.2 Fizzworks; Cola 1.3 Fizzworks;
      Ginger Ale 1.6 Fizzworks; Apple Spritzer 1.5 Hillside Farm; Iced Tea Peach 1.55 Northleaf; Orange Juice 1.95 Solaria`),
  },
  {
    category: 'Beer and wine',
    taxClass: 'standard',
    unit: 'piece',
    minimumAge: 16,
    sorts: ['single', 'four pack', 'gift box'],
    articles: shelf(`Pale Ale 2.2 Copper Kettle; Pilsner 1.6 Copper Kettle; Stout 2.6 Copper Kettle; Wheat Beer 1.9 Copper Kettle;
      Riesling Dry 8.9 Terrace Vineyard; Pinot Noir 11.9 Terrace Vineyard; Rosé 7.9 Terrace Vineyard; Cider 2.4 Orchard Lane`),
  },
  {
    category: 'Pantry',
    taxClass: 'reduced',
    unit: 'piece',
    sorts: ['250 g', '500 g', 'organic 500 g'],
    articles: shelf(`Spaghetti 1.29 Casa Lina; Penne 1.29 Casa Lina; Basmati Rice 2.49 Golden Bowl; Red Lentils 2.19 Golden Bowl;
      Rolled Oats 1.49 Old Mill; Wheat Flour 1.09 Old Mill; Tomato Passata 1.59 Casa Lina; Olive Oil 6.9 Casa Lina;
      Honey 4.8 Hillside Farm; Peanut Butter 3.4 Golden Bowl`),
  },
  {
    category: 'Sweets and snacks',
    taxClass: 'standard',
    unit: 'piece',
    sorts: ['small', 'regular', 'sharing size'],
    articles: shelf(`Dark Chocolate 1.99 Cacao & Co; Milk Chocolate 1.79 Cacao & Co; Fruit Gums 1.29 Sweet Lane;
      Butter Biscuits 2.1 Old Mill; Sea Salt Crisps 1.69 Crunchfield; Paprika Crisps 1.69 Crunchfield; Roasted Almonds 2.99 Crunchfield;
      Popcorn 1.49 Crunchfield; Oat Bar 0.99 Crunchfield`),
  },
  {
    category: 'Household',
    taxClass: 'standard',
    unit: 'piece',
    sorts: ['single', 'refill', 'value pack'],
    articles: shelf(`Washing-up Liquid 1.69 Brightway; Laundry Detergent 6.49 Brightway; Kitchen Roll 2.29 Softleaf;
      Toilet Paper 3.49 Softleaf; Bin Liners 1.99 Brightway; All-purpose Cleaner 2.39 Brightway; Sponges 1.19 Brightway;
      Aluminium Foil 2.09 Brightway`),
  },
  {
    category: 'Personal care',
    taxClass: 'standard',
    unit: 'piece',
    sorts: ['travel size', 'regular', 'sensitive'],
    articles: shelf(`Shampoo 2.99 Meadow; Shower Gel 1.99 Meadow; Toothpaste 1.79 Pearl; Hand Cream 2.49 Meadow; Soap 1.29 Meadow;
      Deodorant 2.69 Meadow; Sun Lotion 7.9 Meadow; Plasters 2.2 Pearl`),
  },
  {
    category: 'Café corner',
    taxClass: 'standard',
    unit: 'piece',
    sorts: ['small', 'medium', 'large'],
    articles: shelf(`Filter Coffee 2.2 House; Cappuccino 2.9 House; Flat White 3.2 House; Caffè Latte 3.3 House; Chai Latte 3.4 House;
      Pot of Tea 2.4 House; Iced Coffee 3.5 House; Fresh Orange Juice 3.6 House`),
  },
  {
    category: 'Books and cards',
    taxClass: 'zero',
    unit: 'piece',
    sorts: ['pocket', 'illustrated', 'large print'],
    articles: shelf(`Birds of the Town 9.9 Lantern Press; Bread Baking 14.9 Lantern Press; Walks by the River 12.5 Lantern Press;
      Garden Year 11.9 Lantern Press; Children's Atlas 13.9 Lantern Press; Recipe Notebook 6.5 Lantern Press`),
  },
  {
    category: 'Gifts',
    taxClass: 'standard',
    unit: 'piece',
    sorts: ['white', 'blue', 'natural'],
    articles: shelf(`Tealight Holder 2.95 Kiln & Clay; Ceramic Mug 8.9 Kiln & Clay; Enamel Jug 14.5 Kiln & Clay; Linen Tea Towel 7.9 Loom;
      Cotton Tote 6.9 Loom; Scented Candle 12.9 Loom; Picture Frame 9.5 Kiln & Clay; Wooden Coasters 8.5 Kiln & Clay;
      Paper Lantern 4.5 Loom`),
  },
]; // prettier-ignore

/** First and last names of the demo's customers; every pair is used once. */
export const FIRST_NAMES = [
  'Ada',
  'Ben',
  'Chiara',
  'David',
  'Elif',
  'Farid',
  'Grace',
  'Hana',
  'Igor',
  'Jamila',
  'Karl',
  'Lucía',
];
export const LAST_NAMES = [
  'Abel',
  'Brandt',
  'Costa',
  'Dimitrov',
  'Eriksen',
  'Fontaine',
  'Grant',
  'Hassan',
  'Ivanova',
  'Jansen',
];
