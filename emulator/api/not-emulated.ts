/*
 * What Neon answers and the emulator does not (yet). A caller learns that from a 501, never from a 404 that could mean
 * anything. A test compares this list with Neon's own description, so nothing can be in neither list.
 */
const table = `
  GET PUT DELETE /organizations/{org_id}/billing/spending_limit
  GET POST /organizations/{org_id}/invitations
  PATCH DELETE /organizations/{org_id}/members/{member_id}
  GET /organizations/{org_id}/vpc/region/{region_id}/vpc_endpoints
  GET POST DELETE /organizations/{org_id}/vpc/region/{region_id}/vpc_endpoints/{vpc_endpoint_id}
  GET /organizations/{org_id}/vpc/vpc_endpoints
  POST /organizations/{source_org_id}/projects/transfer
  POST /projects/auth/create
  POST /projects/auth/keys
  POST /projects/auth/transfer_ownership
  POST /projects/auth/user
  GET /projects/{project_id}/advisors
  GET POST DELETE /projects/{project_id}/auth/domains
  GET PATCH /projects/{project_id}/auth/email_server
  DELETE /projects/{project_id}/auth/integration/{auth_provider}
  GET /projects/{project_id}/auth/integrations
  GET POST /projects/{project_id}/auth/oauth_providers
  PATCH DELETE /projects/{project_id}/auth/oauth_providers/{oauth_provider_id}
  DELETE /projects/{project_id}/auth/users/{auth_user_id}
  GET /projects/{project_id}/available_preload_libraries
  POST /projects/{project_id}/branch_anonymized
  GET /projects/{project_id}/branches/{branch_id}/ai_gateway
  POST /projects/{project_id}/branches/{branch_id}/anonymize
  GET /projects/{project_id}/branches/{branch_id}/anonymized_status
  GET POST DELETE /projects/{project_id}/branches/{branch_id}/auth
  GET PATCH /projects/{project_id}/branches/{branch_id}/auth/allow_localhost
  PATCH /projects/{project_id}/branches/{branch_id}/auth/config
  GET POST DELETE /projects/{project_id}/branches/{branch_id}/auth/domains
  GET PATCH /projects/{project_id}/branches/{branch_id}/auth/email_and_password
  GET PATCH /projects/{project_id}/branches/{branch_id}/auth/email_provider
  GET POST /projects/{project_id}/branches/{branch_id}/auth/oauth_providers
  PATCH DELETE /projects/{project_id}/branches/{branch_id}/auth/oauth_providers/{oauth_provider_id}
  GET /projects/{project_id}/branches/{branch_id}/auth/plugins
  PATCH /projects/{project_id}/branches/{branch_id}/auth/plugins/magic-link
  PATCH /projects/{project_id}/branches/{branch_id}/auth/plugins/organization
  GET PATCH /projects/{project_id}/branches/{branch_id}/auth/plugins/phone-number
  POST /projects/{project_id}/branches/{branch_id}/auth/send_test_email
  POST /projects/{project_id}/branches/{branch_id}/auth/users
  DELETE /projects/{project_id}/branches/{branch_id}/auth/users/{auth_user_id}
  PUT /projects/{project_id}/branches/{branch_id}/auth/users/{auth_user_id}/role
  GET PUT /projects/{project_id}/branches/{branch_id}/auth/webhooks
  POST GET /projects/{project_id}/branches/{branch_id}/buckets
  DELETE /projects/{project_id}/branches/{branch_id}/buckets/{bucket_name}
  GET /projects/{project_id}/branches/{branch_id}/buckets/{bucket_name}/objects
  DELETE /projects/{project_id}/branches/{branch_id}/buckets/{bucket_name}/objects-by-prefix
  DELETE /projects/{project_id}/branches/{branch_id}/buckets/{bucket_name}/objects/{object_key}
  GET /projects/{project_id}/branches/{branch_id}/buckets/{bucket_name}/objects/{object_key}/download
  POST /projects/{project_id}/branches/{branch_id}/buckets/{bucket_name}/objects/{object_key}/presign
  GET /projects/{project_id}/branches/{branch_id}/compare_schema
  POST GET /projects/{project_id}/branches/{branch_id}/credentials
  DELETE /projects/{project_id}/branches/{branch_id}/credentials/{token_id}
  POST PATCH DELETE GET /projects/{project_id}/branches/{branch_id}/data-api/{database_name}
  GET /projects/{project_id}/branches/{branch_id}/functions
  GET PATCH DELETE /projects/{project_id}/branches/{branch_id}/functions/{slug}
  POST /projects/{project_id}/branches/{branch_id}/functions/{slug}/deployments
  GET PATCH /projects/{project_id}/branches/{branch_id}/masking_rules
  GET /projects/{project_id}/branches/{branch_id}/schema
  GET /projects/{project_id}/branches/{branch_id}/storage
  GET POST /projects/{project_id}/jwks
  DELETE /projects/{project_id}/jwks/{jwks_id}
  GET POST /projects/{project_id}/permissions
  DELETE /projects/{project_id}/permissions/{permission_id}
  POST /projects/{project_id}/transfer_requests
  PUT /projects/{project_id}/transfer_requests/{request_id}
  GET /projects/{project_id}/vpc_endpoints
  POST DELETE /projects/{project_id}/vpc_endpoints/{vpc_endpoint_id}
  POST /users/me/projects/transfer
`;

interface KnownRoute {
  readonly method: string;
  readonly path: string;
  readonly pattern: RegExp;
}

export const notEmulatedRoutes: readonly KnownRoute[] = table
  .trim()
  .split('\n')
  .flatMap((line) => {
    const [path = '', ...methods] = line.trim().split(' ').reverse();
    const pattern = new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`);
    return methods.map((method) => ({ method, path, pattern }));
  });
