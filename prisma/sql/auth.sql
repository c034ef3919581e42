-- auth: constraints and indexes that the Prisma schema cannot express.

alter table organizations
  add constraint organizations_is_its_own_tenant check (id = organization_id),
  add constraint organizations_currency check (currency ~ '^[A-Z]{3}$'),
  add constraint organizations_rounding_mode check (rounding_mode in ('HALF_UP', 'HALF_EVEN')),
  add constraint organizations_cash_rounding_step check (cash_rounding_step >= 0);

alter table branches
  add constraint branches_code check (code ~ '^[A-Z0-9][A-Z0-9_-]{0,15}$');

-- Names of roles differ in more than their case.
create unique index roles_name_key on roles (organization_id, lower(name));

-- A login does not name an organization, so an address is unique on the whole platform. This unique key does
-- not start with the organization, and for the same reason the hashes of refresh tokens, of tokens in mails and
-- of API keys don't either.
create unique index users_email_key on users (lower(email));

-- A user of a vendor belongs to no branch.
alter table users add constraint users_vendor_branch check (vendor_id is null or branch_id is null);

alter table sessions
  add constraint sessions_revoked_reason
    check (revoked_reason in ('logout', 'refresh_token_reused', 'user_disabled', 'revoked', 'password_changed', 'password_reset')),
  add constraint sessions_revoked check ((revoked_at is null) = (revoked_reason is null));

alter table refresh_tokens
  add constraint refresh_tokens_hash_length check (octet_length(token_hash) = 32);

alter table user_tokens
  add constraint user_tokens_kind check (kind in ('password_reset', 'invitation', 'verify_email')),
  add constraint user_tokens_hash_length check (octet_length(token_hash) = 32);

alter table mail_jobs
  add constraint mail_jobs_kind check (kind in ('password_reset', 'invitation', 'verify_email', 'account_locked'));

alter table recovery_codes
  add constraint recovery_codes_hash_length check (octet_length(code_hash) = 32);

alter table api_keys
  add constraint api_keys_hash_length check (octet_length(key_hash) = 32),
  add constraint api_keys_kind check (kind in ('secret', 'publishable')),
  add constraint api_keys_channel check (channel in ('web', 'marketplace')),
  -- A publishable key belongs to one web shop, and everyone can read it: it never has another permission.
  add constraint api_keys_publishable check (
    case kind when 'publishable' then branch_id is not null and channel is not null and scopes = array['shop:use']
    else branch_id is null and channel is null end);
