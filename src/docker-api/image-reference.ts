/** The tag of a reference that has no digest: what follows a `:` behind the last `/`. */
const TAG = /:[^:/]*$/;

/**
 * Puts together the reference that the daemon makes of a name and a tag given apart. It takes the
 * tag off the name that it replaces (distribution/reference WithTag, WithDigest), so whoever looks
 * at one of the two alone looks at another image.
 *
 * @param name `app`, `registry:5000/app:old`, …; what the daemon refuses comes out as it went in.
 * @param tag empty for none; a digest (`sha256:…`) counts too.
 */
export function withTag(name: string, tag: string): string {
  if (tag === '') return name;
  const at = name.indexOf('@');
  const bare = (at < 0 ? name : name.slice(0, at)).replace(TAG, '');
  if (tag.includes(':')) return `${bare}@${tag}`;
  return `${bare}:${tag}${at < 0 ? '' : name.slice(at)}`;
}

/**
 * The reference that `POST /images/create` pulls: its tag replaces the name's, and one `:` at the end
 * of the name is dropped (image_routes.go, postImagesCreate). Without any tag that is every tag.
 */
export function pulledReference(fromImage: string, tag: string): string {
  return withTag(fromImage.endsWith(':') ? fromImage.slice(0, -1) : fromImage, tag);
}

/**
 * The reference that `repo` and `tag` of commit, import and tag name (httputils/form.go,
 * RepoTagReference): `latest` where there is no tag, undefined where there is no repository.
 */
export function repoTagReference(repo: string, tag: string): string | undefined {
  if (repo === '') return undefined;
  if (tag !== '') return withTag(repo, tag);
  return TAG.test(repo) || repo.includes('@') ? repo : `${repo}:latest`;
}
