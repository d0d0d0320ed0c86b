#!/usr/bin/env node
/** What npm links as the command `tenantry`. */
import './main.js';
