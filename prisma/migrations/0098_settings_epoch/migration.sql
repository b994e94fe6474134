-- Counts the changes of a lane's settings. A connection was opened by the settings of its time: once they changed it gets no
-- more mail, and what it sees of its server is not written down as if the new one had shown it.
alter table lane add column settings_epoch integer not null default 0;
alter table lane_slot add column settings_epoch integer not null default 0;
