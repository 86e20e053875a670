using System.Globalization;

namespace Ptewright.Explaining;

/// <summary>Regions in words.</summary>
internal static class RegionWording
{
    /// <summary>The words, with the region's bounds and the kernel whose layout it is.</summary>
    public static string Of(AddressRegion region)
    {
        string name = Name(region);
        string bounds = region is { Start: { } start, Last: { } last } && region.Kind != RegionKind.Image ? $" ({start.Value:x16}-{last.Value:x16})" : string.Empty;
        string tag = region.Tag is { } value ? string.Create(CultureInfo.InvariantCulture, $", tag 0x{value:x2}") : string.Empty;
        string detail = region.Kind == RegionKind.Vmalloc && region.Detail is { } more ? $", {more}" : string.Empty;
        string layout = region.IsOldLayout ? ", as before Linux 5.4"
            : region is { Profile: { } profile, Start: not null } ? $", as of {profile.Name}{(region.HasWideModules ? " but for the 2 GiB for modules" : string.Empty)}{(region.IsLayoutAssumed ? " (assumed)" : string.Empty)}"
            : string.Empty;
        return $"{name}{bounds}{detail}{tag}{layout}{(region.IsSizeAssumed ? ", if addresses have 48 bits" : string.Empty)}";
    }

    private static string Name(AddressRegion region) => region.Kind switch
    {
        RegionKind.Null when region.Offset == 0 => "NULL",
        RegionKind.Null => string.Create(CultureInfo.InvariantCulture, $"NULL and an offset of {region.Offset} bytes"),
        RegionKind.User => "a program's half",
        RegionKind.ErrorPointer => region.Error == 0 ? "just below NULL" : string.Create(CultureInfo.InvariantCulture, $"the value of error {region.Error}, or {unchecked(0UL - region.Address.Value):d} bytes below NULL"),
        RegionKind.ListPoison => "a poison of lists, no address",
        RegionKind.Poison => "a poison of memory, no address",
        RegionKind.Text => "letters, no address",
        RegionKind.FailedAuthentication => "a kernel address but for the bit that a failed authentication flips",
        RegionKind.NonCanonical => "of neither half: bits above the address size are not all alike",
        RegionKind.KasanShadow => "KASAN's shadow",
        RegionKind.KasanShadowOfNothing => string.Create(CultureInfo.InvariantCulture, $"KASAN's shadow of 0x{region.Offset:x}"),
        RegionKind.LinearMap => "the linear map",
        RegionKind.Bpf => "compiled BPF programs",
        RegionKind.Modules => "modules",
        RegionKind.Image => "the kernel image",
        RegionKind.Vmalloc => "vmalloc",
        RegionKind.Fixmap => "the fixmap",
        RegionKind.PciIo => "PCI I/O space",
        RegionKind.PageArray => "the array of struct page (vmemmap)",
        RegionKind.Hole => "between the kernel's regions",
        _ => "not known",
    };
}
