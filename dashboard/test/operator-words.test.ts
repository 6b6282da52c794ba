import { describe, expect, it } from 'vitest';
import type { Project } from '../src/api/scope.tsx';
import { roleLines, rolesText } from '../src/capabilities/operators/words.ts';

const projects = [
  { id: 'prj_1', name: 'Card Vault' },
  { id: 'prj_2', name: 'Try-outs' },
] as Project[];
const viewer = (id: string) => ({ project_id: id, role: 'viewer' as const });

describe('what an operator is', () => {
  it('says each role, the one of the installation first', () => {
    const both = { platform_role: 'support' as const, project_roles: [viewer('prj_1'), { project_id: 'prj_2', role: 'owner' as const }] };
    expect(roleLines(both, projects)).toEqual(['Support', 'Viewer of Card Vault', 'Owner of Try-outs']);
    expect(rolesText(both, projects)).toBe('Support · Roles in 2 projects');
  });
  it('names a project that is not known by its id', () => {
    expect(roleLines({ platform_role: null, project_roles: [viewer('prj_9')] }, projects)).toEqual(['Viewer of prj_9']);
    expect(roleLines({ platform_role: null, project_roles: [viewer('prj_9')] }, undefined)).toEqual(['Viewer of prj_9']);
  });
  it('says so when there is none', () => {
    expect(roleLines({ platform_role: null, project_roles: [] }, projects)).toEqual(['No role']);
    expect(rolesText({ platform_role: null, project_roles: [] }, projects)).toBe('No role');
    expect(rolesText({ platform_role: null, project_roles: [viewer('prj_1'), viewer('prj_2')] }, projects)).toBe('Roles in 2 projects');
  });
});
