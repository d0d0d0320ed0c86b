#!/usr/bin/env node
/** npm links this file as the command `tenantry`. */
import './main.js';
