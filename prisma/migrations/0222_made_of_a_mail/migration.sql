-- A mail's page names the notices about it and the copies made of it: without an index that read every mail of the company.
create index mail_origin on mail (tenant_id, origin_mail_id) where origin_mail_id is not null;
