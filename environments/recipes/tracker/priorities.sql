UPDATE _priority SET _name = 'ablaze' WHERE _name = 'critical';
