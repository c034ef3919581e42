-- vendors: constraints and indexes that the Prisma schema cannot express.

alter table vendors
  add constraint vendors_status check (status in ('applied', 'under_review', 'approved', 'suspended', 'closed')),
  add constraint vendors_account check ((iban is null) = (account_holder is null) and (bic is null or iban is not null)),
  add constraint vendors_hold check (hold_days between 0 and 365),
  add constraint vendors_commission_tax check (commission_tax_rate between 0 and 100);

-- The catalogue stands before vendors, so its rows name a vendor that only the database checks.
alter table products
  add constraint products_vendor foreign key (organization_id, vendor_id) references vendors (organization_id, id),
  -- A gift card is money of the shop's own.
  add constraint products_vendor_gift_card check (vendor_id is null or gift_card_purpose is null);
create index products_of_vendor on products (vendor_id) where vendor_id is not null;
