-- The indexes of 0251, made while workers go on. What a broken-off try left is made anew.
drop index concurrently if exists mail_search_words_month;
create index concurrently mail_search_words_month on mail_search using gin (search_lexemes(
  left(tenant_id::text, 4) || search_month(collected_at)::text, '{}', senders, recipients, subject))
  with (gin_pending_list_limit = 256) where routed;
drop index concurrently if exists mail_search_words_all;
create index concurrently mail_search_words_all on mail_search
  using gin (search_lexemes(search_month(collected_at)::text, '{}', senders, recipients, subject))
  with (gin_pending_list_limit = 256) where routed;
drop index concurrently if exists mail_search_coming;
create index concurrently mail_search_coming on mail_search (tenant_id, collected_at) where not routed;
